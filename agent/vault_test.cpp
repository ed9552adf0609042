#include "agent/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "agent/store/store_test.h"
#include "base/check.h"

namespace squall::agent {
namespace {

using testing::HasSubstr;

std::string key_path(const TestFolder& folder) { return folder.path() + "/secret.key"; }

void write_key(const TestFolder& folder, std::string_view bytes, mode_t mode = 0600) {
  std::ofstream(key_path(folder), std::ios::binary) << bytes;
  ASSERT_EQ(::chmod(key_path(folder).c_str(), mode), 0);
}
std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
Vault open(const TestFolder& folder) {
  Result<Vault> vault = Vault::open(folder.path());
  SQUALL_CHECK(vault.has_value());
  return *std::move(vault);
}
std::string error_of(const TestFolder& folder) {
  const Result<Vault> vault = Vault::open(folder.path());
  return vault ? "no error" : vault.error().message;
}

// Shows: a secret of any length and bytes opens again, also in a later life.
TEST(Vault, OpensWhatItSealed) {
  const TestFolder folder;
  std::string secret;
  for (int i = 0; i < 300; ++i) {
    const std::string sealed = open(folder).seal(secret);
    const Result<std::string> opened = open(folder).open_sealed(sealed);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ(*opened, secret);
    secret += static_cast<char>(i);
  }
  const Vault vault = open(folder);
  for (const std::string_view odd : {"", "\x80", "\0\0", "a\x80\0\0"}) {
    EXPECT_EQ(*vault.open_sealed(vault.seal(odd)), odd);
  }
}

// Shows: the same secret has the same text, another one another, and lengths show in steps only.
TEST(Vault, TellsNothingButEquality) {
  const TestFolder folder;
  const Vault vault = open(folder);
  EXPECT_EQ(vault.seal("secret"), open(folder).seal("secret"));
  EXPECT_NE(vault.seal("secret"), vault.seal("secreu"));
  EXPECT_EQ(vault.seal("").size(), vault.seal(std::string(31, 'x')).size());
  EXPECT_LT(vault.seal(std::string(31, 'x')).size(), vault.seal(std::string(32, 'x')).size());
  EXPECT_THAT(vault.seal("secret"), testing::MatchesRegex("seal1\\.[-_A-Za-z0-9]+"));
}

// Shows: the text of a secret under a key, as stores have it: it must open for ever.
TEST(Vault, SealsInFormat1) {
  const TestFolder folder;
  write_key(folder, std::string(64, 'k'));
  const Vault vault = open(folder);
  EXPECT_EQ(vault.seal("secret"),
            "seal1.Ovbf7gDwezWkdsEI0Eyi_S8pxMTMlWMhZLZA-IbnFuoeWpXHgVOLu7kzdSqYeQLN");
  EXPECT_EQ(*vault.open_sealed(vault.seal("secret")), "secret");
}

// Shows: a text that differs anywhere from what was sealed does not open, nor under another key.
TEST(Vault, RefusesWhatWasChanged) {
  const TestFolder folder;
  const Vault vault = open(folder);
  const std::string sealed = vault.seal("secret");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(vault.open_sealed(changed).has_value()) << i;
    EXPECT_FALSE(vault.open_sealed(sealed.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(vault.open_sealed(sealed + "A").has_value());
  EXPECT_FALSE(vault.open_sealed("secret").has_value());
  const TestFolder other;
  const Result<std::string> opened = open(other).open_sealed(sealed);
  ASSERT_FALSE(opened.has_value());
  EXPECT_THAT(opened.error().message, HasSubstr("was changed, or sealed with another secret.key"));
}

// Shows: the key is made once, random, of 64 bytes, for its owner only, and nothing is left beside.
TEST(Vault, MakesAPrivateKeyOnce) {
  const TestFolder folder;
  const TestFolder other;
  EXPECT_FALSE(Vault::has_key(folder.path()));
  open(folder);
  open(other);
  EXPECT_TRUE(Vault::has_key(folder.path()));
  const std::string key = read_file(key_path(folder));
  EXPECT_EQ(key.size(), 64U);
  EXPECT_NE(key, read_file(key_path(other)));
  struct stat found = {};
  ASSERT_EQ(::stat(key_path(folder).c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0600U);
  open(folder);
  EXPECT_EQ(read_file(key_path(folder)), key);
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

// Shows: what an agent left that was killed while it made its key does not stop the next one.
TEST(Vault, GoesOnAfterACrashWhileTheKeyWasMade) {
  const TestFolder folder;
  std::ofstream(key_path(folder) + ".new") << "half";
  const Vault vault = open(folder);
  EXPECT_EQ(*vault.open_sealed(vault.seal("x")), "x");
}

// Shows: a key that is damaged, open to others, not there although there are secrets, or cannot be
// made is refused in words.
TEST(Vault, RefusesABadKey) {
  const TestFolder folder;
  const Result<Vault> missing = Vault::open(folder.path(), Vault::IfMissing::kRefuse);
  ASSERT_FALSE(missing.has_value());
  EXPECT_THAT(missing.error().message, HasSubstr("secret.key is missing, and the store holds"));
  EXPECT_FALSE(Vault::has_key(folder.path()));
  for (const size_t size : {0, 63, 65}) {
    write_key(folder, std::string(size, 'k'));
    EXPECT_THAT(error_of(folder), HasSubstr(fmt::format("must have 64 bytes, and has {}", size)));
  }
  for (const mode_t mode : {0640, 0604, 0660}) {
    write_key(folder, std::string(64, 'k'), mode);
    EXPECT_THAT(error_of(folder), HasSubstr(fmt::format("mode {:04o}", mode)));
  }
  std::filesystem::remove(key_path(folder));
  std::filesystem::create_directory(key_path(folder));
  EXPECT_THAT(error_of(folder), HasSubstr("is no file"));
  EXPECT_THAT(Vault::open(folder.path() + "/none").error().message,
              HasSubstr("cannot make the key"));
}

// Shows: a record that holds a sealed text is known, wherever it stands; one that only talks of it
// is not.
TEST(Vault, KnowsRecordsWithSecrets) {
  const TestFolder folder;
  const std::string sealed = open(folder).seal("secret");
  engine::ResourceRow row;
  EXPECT_FALSE(holds_sealed_text(engine::Record{row}));
  row.actual = {{"a", "{\"$opaque\":\"" + sealed + "\"}"}, {"b", sealed}};
  EXPECT_FALSE(holds_sealed_text(engine::Record{row}));
  row.actual = {{"a", {{{"$opaque", sealed}}}}};
  EXPECT_TRUE(holds_sealed_text(engine::Record{row}));
}

}  // namespace
}  // namespace squall::agent
