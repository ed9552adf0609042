// Seals secrets for the store, with a key that is kept beside it: Env::seal() and Env::open().
//
// AES-256-SIV (RFC 5297), which needs no nonce: the same secret gives the same text, so that sealed
// values can be compared, and that is all the text tells but for the secret's length in steps of
// 32 bytes. Authenticated: a text that was changed, or sealed with another key, does not open.
//
// The key is the file "secret.key" of the data folder: 64 random bytes, readable by its owner only.
// Nothing else opens what it has sealed. It belongs into a backup, apart from that of the database.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "engine/records.h"

struct evp_cipher_st;  // OpenSSL's, of which only vault.cpp knows

namespace squall::agent {

class Vault {
 public:
  enum class IfMissing {
    kMake,    // a new key: nothing was sealed yet
    kRefuse,  // an error: there are sealed texts, which a new key would not open
  };
  // Errors: the key cannot be read or made, has not 64 bytes, or others than its owner may read it.
  static Result<Vault> open(const std::string& data_folder,
                            IfMissing if_missing = IfMissing::kMake);
  // Is there a key in the folder? An agent that finds none looks into its store first.
  static bool has_key(const std::string& data_folder);

  // Text of letters, digits, '.', '-' and '_'.
  std::string seal(std::string_view secret) const;
  // Errors: it is no sealed text, or was not sealed with this key, or was changed. They tell
  // nothing of the secret.
  Result<std::string> open_sealed(std::string_view sealed) const;

  static constexpr size_t kKeyBytes = 64;

 private:
  using Key = std::array<unsigned char, kKeyBytes>;
  struct Wipe {
    void operator()(Key* key) const;
  };
  struct FreeCipher {
    void operator()(evp_cipher_st* cipher) const;
  };
  using OwnedKey = std::unique_ptr<Key, Wipe>;
  using Cipher = std::unique_ptr<evp_cipher_st, FreeCipher>;

  Vault(OwnedKey key, Cipher cipher) : key_(std::move(key)), cipher_(std::move(cipher)) {}
  static Result<OwnedKey> key_in(const std::string& data_folder, IfMissing if_missing);
  static Result<OwnedKey> read_key(int file, const std::string& path);
  static Result<void> make_key(const std::string& data_folder);

  OwnedKey key_;
  Cipher cipher_;
};

// Does the record hold what a vault has sealed? For an agent that finds no key; reads all of it.
bool holds_sealed_text(const engine::Record& record);

}  // namespace squall::agent
