#include "provider/tfplugin/certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>
#include <vector>

namespace squall::tfplugin {

namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;

std::unexpected<Error> refused(std::string_view what) {
  const char* reason = ERR_reason_error_string(ERR_get_error());
  return fail(fmt::format("cannot make a certificate for the provider: {} failed: {}", what,
                          reason == nullptr ? "no reason given" : reason));
}

bool add_extension(X509* certificate, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool fill(X509* certificate, EVP_PKEY* key) {
  constexpr int kVersion3 = 2;
  constexpr int64_t kYear_s = 365 * 24 * 3600;
  constexpr int64_t kBefore_s = -3600;  // clocks may differ a little
  int64_t serial = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) != 1) return false;
  X509_NAME* name = X509_get_subject_name(certificate);
  const auto* host = reinterpret_cast<const unsigned char*>("localhost");
  return X509_set_version(certificate, kVersion3) == 1 &&
         ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), serial & INT64_MAX) == 1 &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), kBefore_s) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), kYear_s) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 &&
         X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0) == 1 &&
         X509_set_issuer_name(certificate, name) == 1 &&
         add_extension(certificate, NID_subject_alt_name, "DNS:localhost") &&
         add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE") &&
         add_extension(certificate, NID_key_usage,
                       "critical,digitalSignature,keyEncipherment,keyAgreement,keyCertSign") &&
         add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") &&
         X509_sign(certificate, key, EVP_sha256()) > 0;
}

std::string text_in(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<size_t>(size)};
}

Result<std::string> base64_of(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return refused("writing it as DER");
  std::vector<unsigned char> out(static_cast<size_t>(size) * 4 / 3 + 4);
  const int length = EVP_EncodeBlock(out.data(), der, size);
  OPENSSL_free(der);
  std::string text(out.begin(), out.begin() + length);
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace

Result<Certificate> make_certificate() {
  const Key key(EVP_EC_gen("P-256"));
  if (key == nullptr) return refused("making a key");
  const X509Certificate certificate(X509_new());
  if (certificate == nullptr || !fill(certificate.get(), key.get())) return refused("signing");
  const Bio certificate_text(BIO_new(BIO_s_mem()));
  const Bio key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
      PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1) {
    return refused("writing it as PEM");
  }
  Certificate out;
  out.certificate_pem = text_in(certificate_text.get());
  out.key_pem = text_in(key_text.get());
  TRY(out.base64, base64_of(certificate.get()));
  return out;
}

}  // namespace squall::tfplugin
