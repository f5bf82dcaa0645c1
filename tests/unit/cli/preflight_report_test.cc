#include "cli/preflight_report.h"

#include <gtest/gtest.h>

namespace ringload::cli {
namespace {

Profile profile() {
  Profile profile;
  profile.scenarios.resize(1);
  profile.scenarios[0].name = "chat";
  profile.scenarios[0].model = "gpt";
  profile.scenarios[0].target = {false, "gw", 4000, "/v1/chat/completions", true};
  profile.scenarios[0].headers = {{"Authorization", "Bearer sk-1234567890", "<redacted>"}};
  return profile;
}

std::string told(ErrorClass error, int status, const std::string& body, const std::string& detail = {}) {
  return preflight_failure(profile(), {{0, error, status, detail, body}});
}

void expect_in(const std::string& text, const std::string& part) {
  EXPECT_NE(std::string::npos, text.find(part)) << text;
}

TEST(Preflight, SaysNothingOfGoodAnswers) { EXPECT_EQ("", told(ErrorClass::ok, 200, "")); }

TEST(Preflight, TellsUrlStatusAnswerAndRemedy) {
  const std::string text = told(ErrorClass::http_4xx, 401, "{\"error\":\"no key\"}");
  for (const char* part : {"http://gw:4000/v1/chat/completions", "401", "no key", "--vk-env"}) expect_in(text, part);
  expect_in(told(ErrorClass::http_4xx, 404, "no"), "/v1/chat/completions");
  expect_in(told(ErrorClass::http_4xx, 400, "use max_tokens less"), "max_tokens_field");
  expect_in(told(ErrorClass::conn_refused, -1, ""), "gw:4000");
}

TEST(Preflight, KnowsWhatHelpsWithTls) {
  for (const auto& [detail, remedy] : {
           std::pair{"CERTIFICATE_VERIFY_FAILED: certificate has expired", "out of date"},
           {"CERTIFICATE_VERIFY_FAILED: certificate is not yet valid", "clock"},
           {"CERTIFICATE_VERIFY_FAILED: Hostname mismatch", "--resolve NAME:4000:ADDR"},
           {"CERTIFICATE_VERIFY_FAILED: unable to get local issuer certificate", "--cacert"},
           {"CERTIFICATE_VERIFY_FAILED: self signed certificate", "--insecure"},
           {"TLSV1_ALERT_PROTOCOL_VERSION", "1.2"},
           {"WRONG_VERSION_NUMBER", "is it http://gw:4000?"},
           {"TLSV1_ALERT_CERTIFICATE_REQUIRED", "--cert and --key"},
           {"SSLV3_ALERT_HANDSHAKE_FAILURE", "--cert and --key"},
           {"TLSV1_ALERT_UNKNOWN_CA", "--cert and --key"},
           {"the connection was closed in the handshake", "plain http"},
       })
    expect_in(told(ErrorClass::tls, -1, "", detail), remedy);
  expect_in(told(ErrorClass::eof, -1, "", "the connection was closed"), "https://");
  expect_in(told(ErrorClass::http_4xx, 400, "<title>400 No required SSL certificate was sent</title>"), "--cert");
  expect_in(told(ErrorClass::http_4xx, 400, "Client sent an HTTP request to an HTTPS server."), "https://gw:4000");
}

TEST(Preflight, ShowsTheFirst300BytesOfTheAnswer) {
  const std::string text = told(ErrorClass::http_5xx, 500, std::string(300, 'a') + "bbb");
  expect_in(text, std::string(300, 'a'));
  EXPECT_EQ(std::string::npos, text.find("ab"));
}

TEST(Preflight, RepeatsNoKeyThatTheServerRepeats) {
  for (const char* body : {"bad key sk-1234567890", "sk-1234567890sk-1234567890", "cut sk-12345678"})
    EXPECT_EQ(std::string::npos, told(ErrorClass::http_4xx, 401, body).find("12345")) << body;
  EXPECT_EQ(std::string::npos, told(ErrorClass::http_protocol, -1, "", "at sk-1234567890").find("12345"));
}

TEST(Printable, ControlsOfThePeerDoNotReachTheTerminal) {
  EXPECT_EQ("a [31mb", printable("a\x1b[31mb"));
  EXPECT_EQ("a b", printable("a\nb"));
  EXPECT_EQ("a\nb", printable("a\nb", true));
  EXPECT_EQ("a b", printable(std::string_view("a\0b", 3)));
  EXPECT_EQ(" x", printable("\xc2\x9bx")) << "C1 control";
  EXPECT_EQ("\xc3\xbc?", printable("\xc3\xbc\xc3"));
  EXPECT_EQ("?a", printable("\xff" "a"));
}

}  // namespace
}  // namespace ringload::cli
