#include "agent/rest/multipart.h"

#include <gtest/gtest.h>

namespace squall::agent {
namespace {

std::vector<Part> parts(std::string_view body, std::string_view boundary = "b") {
  const Result<std::vector<Part>> parsed = parse_multipart(body, boundary);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return parsed.value_or(std::vector<Part>());
}

std::string error(std::string_view body, MultipartLimits limits = {}) {
  const Result<std::vector<Part>> parsed = parse_multipart(body, "b", limits);
  return parsed ? "no error" : parsed.error().message;
}

std::string part(std::string_view name, std::string_view content) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + std::string(name) + "\"\r\n\r\n" +
         std::string(content) + "\r\n";
}

// Shows: a form as browsers and curl send it is taken apart, with names, files and types.
TEST(Multipart, TakesAFormApart) {
  const std::vector<Part> found = parts(
      "--b\r\n"
      "Content-Disposition: form-data; name=\"command\"\r\n"
      "\r\n"
      "apply\r\n"
      "--b\r\n"
      "content-disposition: Form-Data; filename=\"a \\\"b\\\".json\"; name=file\r\n"
      "Content-Type: application/json\r\n"
      "X-Other: 1\r\n"
      "\r\n"
      "{\r\n--\r\n}\r\n\r\n"
      "--b--\r\n");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "command");
  EXPECT_EQ(found[0].content, "apply");
  EXPECT_EQ(found[0].file_name, "");
  EXPECT_EQ(found[1].name, "file");
  EXPECT_EQ(found[1].file_name, "a \"b\".json");
  EXPECT_EQ(found[1].content_type, "application/json");
  EXPECT_EQ(found[1].content, "{\r\n--\r\n}\r\n");
}

// Shows: what stands before and after a form is passed over; spaces after a boundary too.
TEST(Multipart, PassesOverWhatIsAround) {
  const std::vector<Part> found =
      parts("for those who read mail\r\n" + part("a", "1") + "--b \t\r\n" +
            part("a", "1").substr(5) + "--b-- \r\nand more --b\r\n");
  EXPECT_EQ(found.size(), 2U);
}

// Shows: a part may be empty, with or without a line of its own, and so may the form.
TEST(Multipart, KnowsEmptyParts) {
  const std::string body =
      part("a", "") + "--b\r\nContent-Disposition: form-data; name=c\r\n\r\n--b--";
  const std::vector<Part> found = parts(body);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].content, "");
  EXPECT_EQ(found[1].name, "c");
  EXPECT_EQ(found[1].content, "");
  EXPECT_TRUE(parts("--b--").empty());
}

// Shows: a content may have all bytes, and the beginning of the boundary.
TEST(Multipart, KeepsAllBytes) {
  std::string content = "\r\n-\r\n--\r\n--a\r\n-- b\r--b\n--b";
  for (int i = 0; i < 256; ++i) content += static_cast<char>(i);
  const std::string body = part("a", content) + "--b--";
  const std::vector<Part> found = parts(body);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].content, content);
}

// Shows: what is no form is an error that says why.
TEST(Multipart, SaysWhatIsWrong) {
  const std::string good = part("a", "1");
  EXPECT_EQ(error(""), "the boundary of the form is nowhere in it");
  EXPECT_EQ(error("-b--"), "the boundary of the form is nowhere in it");
  EXPECT_EQ(error("--b"), "the form ends within a part");
  EXPECT_EQ(error(good), "the form ends within a part");
  EXPECT_EQ(error("--b\r\nContent-Disp"), "the form ends within the headers of a part");
  EXPECT_EQ(error("--b\r\n\r\n1\r\n--b--"), "a part of the form has no Content-Disposition");
  EXPECT_EQ(error("--b\r\nname\r\n\r\n1\r\n--b--"),
            "a part of the form has a header that is not name: value");
  const auto with = [](std::string_view header) {
    return error("--b\r\n" + std::string(header) + "\r\n\r\n1\r\n--b--");
  };
  EXPECT_EQ(with("Content-Disposition: attachment; name=a"),
            "a part of the form has another Content-Disposition than form-data");
  EXPECT_EQ(with("Content-Disposition: form-data"), "a part of the form has no name");
  EXPECT_EQ(with("Content-Disposition: form-data; name=\"a"), "a quote in a header does not end");
  EXPECT_EQ(with("Content-Disposition: form-data; name"),
            "a parameter of a header must be name=value");
  EXPECT_EQ(with("Content-Disposition: form-data name=a"),
            "the parameters of a header must have a ; between them");
  EXPECT_EQ(with("Content-Disposition: form-data; name=a; NAME=b"),
            "a header has the parameter NAME twice");
  EXPECT_EQ(
      with("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=a"),
      "a part of the form has Content-Disposition twice");
  EXPECT_EQ(with("Content-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: base64"),
            "a part of the form is encoded: send it as it is");
  EXPECT_EQ(error(part("a", "x\r\n--boundary") + "--b--"),
            "the boundary of the form is also in one of its parts: choose another");
}

// Shows: the limits of parts and headers hold.
TEST(Multipart, KeepsToItsLimits) {
  std::string many;
  for (int i = 0; i < 33; ++i) many += part("a", "1");
  EXPECT_EQ(error(many + "--b--"), "the form has more than 32 parts");
  EXPECT_EQ(error("--b\r\nX: " + std::string(5000, 'x') + "\r\n\r\n1\r\n--b--"),
            "a part of the form has more than 4096 bytes of headers");
  EXPECT_EQ(error(part("a", "1") + "--b--", {.parts = 1, .header_bytes = 10}),
            "a part of the form has more than 10 bytes of headers");
}

// Shows: bodies made of beginnings of the boundary are taken apart in no time.
TEST(Multipart, IsLinear) {
  std::string content;
  for (int i = 0; i < 2'000'000; ++i) content += "\r\n--";
  EXPECT_EQ(parts(part("a", content) + "--b--").size(), 1U);
  const std::string boundary(70, '-');
  EXPECT_FALSE(parse_multipart(std::string(10'000'000, '-'), boundary).has_value());
}

// Shows: the boundary is found in a Content-Type, quoted or not, and must be a good one.
TEST(Multipart, FindsTheBoundary) {
  const auto boundary = [](std::string_view content_type) {
    const Result<std::string> found = boundary_of(content_type);
    return found ? *found : "error: " + found.error().message;
  };
  EXPECT_EQ(boundary("multipart/form-data; boundary=x-1"), "x-1");
  EXPECT_EQ(boundary("multipart/form-data;charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  EXPECT_EQ(boundary("multipart/form-data"), "error: Content-Type names no boundary");
  const std::string bad = "error: the boundary in Content-Type is none that RFC 2046 allows";
  EXPECT_EQ(boundary("multipart/form-data; boundary="), bad);
  EXPECT_EQ(boundary("multipart/form-data; boundary=\"x \""), bad);
  EXPECT_EQ(boundary("multipart/form-data; boundary=\"\r\n\""), bad);
  EXPECT_EQ(boundary("multipart/form-data; boundary=" + std::string(71, 'x')), bad);
  EXPECT_EQ(boundary("multipart/form-data; boundary=x boundary=y"),
            "error: the parameters of a header must have a ; between them");
}

}  // namespace
}  // namespace squall::agent
