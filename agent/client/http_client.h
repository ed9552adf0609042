// A client of the REST API: one connection, kept open from one request to the next. Blocking; one
// thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace squall::agent {

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  // `host`: an IP address, or localhost. Connects when first used. `timeout`: of one request, from
  // connecting to the last byte.
  HttpClient(std::string host, uint16_t port, Duration timeout = std::chrono::seconds(60));
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The error: nobody listens, the connection broke, or the time was over. A request other than GET
  // may have been carried out all the same; it is never sent twice. A GET on a connection that had
  // been closed meanwhile is sent again on a new one.
  Result<HttpResponse> send(const HttpRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The body of POST /commands: multipart/form-data with these fields, in order, and the file. Gives
// the value of the Content-Type header.
std::string make_multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                           const std::string& file, std::string& body);

}  // namespace squall::agent
