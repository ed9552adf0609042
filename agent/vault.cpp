#include "agent/vault.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/descriptor.h"
#include "engine/record_json.h"

namespace squall::agent {

namespace {

using Bytes = std::basic_string<unsigned char>;

constexpr std::string_view kKeyFile = "secret.key";
constexpr std::string_view kPrefix = "seal1.";  // names the key's use and the padding, too
constexpr size_t kTagBytes = 16;
constexpr size_t kStepBytes = 32;
constexpr unsigned char kEndOfSecret = 0x80;

// ---- base64url (RFC 4648 §5), without padding

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void append_base64(std::string& out, const Bytes& bytes) {
  uint32_t bits = 0;
  int count = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    for (; count >= 6; count -= 6) out += kAlphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += kAlphabet[(bits << (6 - count)) & 63];
}

// nullopt: it is none, or not the one text of its bytes.
std::optional<Bytes> from_base64(std::string_view text) {
  Bytes out;
  out.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6) | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<unsigned char>(bits >> count);
  }
  const bool is_whole = count < 6 && (bits & ((1U << count) - 1)) == 0;
  return is_whole ? std::optional(out) : std::nullopt;
}

// ---- the length in steps

Bytes padded(std::string_view secret) {
  Bytes out(secret.begin(), secret.end());
  out += kEndOfSecret;
  out.resize((out.size() + kStepBytes - 1) / kStepBytes * kStepBytes);
  return out;
}

std::optional<std::string> unpadded(const Bytes& bytes) {
  const size_t end = bytes.find_last_not_of(static_cast<unsigned char>(0));
  if (end == Bytes::npos || bytes[end] != kEndOfSecret) return std::nullopt;
  return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(end));
}

// ---- the cipher

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

// The prefix is authenticated along.
bool add_prefix(EVP_CIPHER_CTX* context) {
  int length = 0;
  return EVP_CipherUpdate(context, nullptr, &length,
                          reinterpret_cast<const unsigned char*>(kPrefix.data()),
                          static_cast<int>(kPrefix.size())) == 1;
}

// `bytes` in, as many out: all at once, as SIV has it.
bool run(EVP_CIPHER_CTX* context, const unsigned char* bytes, unsigned char* out, size_t count) {
  int length = 0;
  int rest = 0;
  return EVP_CipherUpdate(context, out, &length, bytes, static_cast<int>(count)) == 1 &&
         EVP_CipherFinal_ex(context, out + length, &rest) == 1 &&
         std::cmp_equal(length + rest, count);
}

}  // namespace

void Vault::Wipe::operator()(Key* key) const {
  OPENSSL_cleanse(key->data(), key->size());
  delete key;
}

void Vault::FreeCipher::operator()(evp_cipher_st* cipher) const { EVP_CIPHER_free(cipher); }

std::string Vault::seal(std::string_view secret) const {
  Bytes bytes = padded(secret);
  Bytes sealed(kTagBytes + bytes.size(), 0);
  const Context context(EVP_CIPHER_CTX_new());
  SQUALL_CHECK(context != nullptr);
  // None of it depends on the secret, and nothing can be done without it.
  SQUALL_CHECK(
      EVP_CipherInit_ex2(context.get(), cipher_.get(), key_->data(), nullptr, 1, nullptr) == 1);
  SQUALL_CHECK(add_prefix(context.get()));
  SQUALL_CHECK(run(context.get(), bytes.data(), sealed.data() + kTagBytes, bytes.size()));
  SQUALL_CHECK(
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, sealed.data()) == 1);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  std::string text(kPrefix);
  append_base64(text, sealed);
  return text;
}

Result<std::string> Vault::open_sealed(std::string_view sealed) const {
  if (!sealed.starts_with(kPrefix)) {
    return fail(fmt::format("cannot open a secret: a sealed text begins with \"{}\"", kPrefix));
  }
  std::optional<Bytes> bytes = from_base64(sealed.substr(kPrefix.size()));
  if (!bytes || bytes->size() < kTagBytes + kStepBytes) {
    return fail("cannot open a secret: its sealed text is damaged");
  }
  Bytes opened(bytes->size() - kTagBytes, 0);
  const Context context(EVP_CIPHER_CTX_new());
  SQUALL_CHECK(context != nullptr);
  SQUALL_CHECK(
      EVP_CipherInit_ex2(context.get(), cipher_.get(), key_->data(), nullptr, 0, nullptr) == 1);
  SQUALL_CHECK(
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, bytes->data()) == 1);
  SQUALL_CHECK(add_prefix(context.get()));
  std::optional<std::string> secret;
  if (run(context.get(), bytes->data() + kTagBytes, opened.data(), opened.size())) {
    secret = unpadded(opened);
  }
  OPENSSL_cleanse(opened.data(), opened.size());
  if (secret) return *std::move(secret);
  return fail(fmt::format(
      "cannot open a secret: its sealed text was changed, or sealed with another {}", kKeyFile));
}

// ---- the key

Result<Vault> Vault::open(const std::string& data_folder, IfMissing if_missing) {
  TRY(OwnedKey key, key_in(data_folder, if_missing));
  Cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
  if (cipher == nullptr)
    return fail("this OpenSSL has no AES-256-SIV, which secrets are sealed with");
  return Vault(std::move(key), std::move(cipher));
}

bool Vault::has_key(const std::string& data_folder) {
  struct stat found = {};
  // What cannot be looked at counts as a key: open() then says what is wrong with it.
  return ::stat(fmt::format("{}/{}", data_folder, kKeyFile).c_str(), &found) == 0 ||
         errno != ENOENT;
}

Result<Vault::OwnedKey> Vault::key_in(const std::string& data_folder, IfMissing if_missing) {
  const std::string path = fmt::format("{}/{}", data_folder, kKeyFile);
  for (bool is_made = false;; is_made = true) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.ok()) return read_key(file.number(), path);
    if (errno != ENOENT || is_made) {
      return fail(fmt::format("cannot open the key {}: {}", path, std::strerror(errno)));
    }
    if (if_missing == IfMissing::kRefuse) {
      return fail(fmt::format(
          "the key {} is missing, and the store holds secrets that nothing else opens: put it back "
          "from a backup",
          path));
    }
    TRY_VOID(make_key(data_folder));
  }
}

Result<Vault::OwnedKey> Vault::read_key(int file, const std::string& path) {
  struct stat found = {};
  if (::fstat(file, &found) != 0) {
    return fail(fmt::format("cannot look at the key {}: {}", path, std::strerror(errno)));
  }
  if (!S_ISREG(found.st_mode)) return fail(fmt::format("the key {} is no file", path));
  if ((found.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return fail(fmt::format(
        "the key {} is open to others than its owner (mode {:04o}): nobody else may have it; see "
        "who could read it, then chmod 600",
        path, found.st_mode & 07777));
  }
  OwnedKey key(new Key);
  const ssize_t count = ::read(file, key->data(), key->size());
  if (count < 0) return fail(fmt::format("cannot read the key {}: {}", path, std::strerror(errno)));
  if (count != kKeyBytes || found.st_size != kKeyBytes) {
    return fail(fmt::format("the key {} must have {} bytes, and has {}: put it back from a backup",
                            path, kKeyBytes, found.st_size));
  }
  return key;
}

// Written under another name first: whoever finds the key finds all of it, also after a crash.
Result<void> Vault::make_key(const std::string& data_folder) {
  const std::string path = fmt::format("{}/{}", data_folder, kKeyFile);
  const std::string unfinished = path + ".new";
  const auto failed = [&](std::string_view what) {
    return fail(fmt::format("cannot make the key {}: {}: {}", path, what, std::strerror(errno)));
  };
  OwnedKey key(new Key);
  if (RAND_priv_bytes(key->data(), kKeyBytes) != 1) {
    return fail(fmt::format("cannot make the key {}: there are no random numbers", path));
  }
  ::unlink(unfinished.c_str());  // of an agent that was killed here
  const Descriptor file(
      ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.ok()) return failed("open");
  if (::write(file.number(), key->data(), kKeyBytes) != kKeyBytes) return failed("write");
  if (::fsync(file.number()) != 0) return failed("sync");
  // Unlike a rename, this does not replace a key that has come meanwhile.
  if (::link(unfinished.c_str(), path.c_str()) != 0 && errno != EEXIST) return failed("link");
  ::unlink(unfinished.c_str());
  const Descriptor folder(::open(data_folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || ::fsync(folder.number()) != 0) return failed("sync its folder");
  return {};
}

bool holds_sealed_text(const engine::Record& record) {
  // As engine/secrets.h marks it. In a text of a document its quotation marks would be escaped.
  const std::string mark = fmt::format("{{\"$opaque\":\"{}", kPrefix);
  return engine::to_text(record).find(mark) != std::string::npos;
}

}  // namespace squall::agent
