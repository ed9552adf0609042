// A certificate for one connection, as the launcher of plugins wants it.
#pragma once

#include <string>

#include "base/result.h"

namespace squall::tfplugin {

struct Certificate {
  std::string certificate_pem;
  std::string key_pem;
  std::string base64;  // DER, in standard base64 without padding: for the handshake line
};

// Self-signed, for "localhost", with a new ECDSA key on P-256, good for a year.
Result<Certificate> make_certificate();

}  // namespace squall::tfplugin
