#include "cli/tls_remedy.h"

namespace ringload::cli {
namespace {

const char* const kShowCertificate =
    "the server demands a certificate of ours: give one by --cert and --key that an authority of its own has signed.";

// The same host and port.
std::string with_scheme(const Scenario& scenario, bool https) {
  Target target = scenario.target;
  target.https = https;
  return target.origin();
}

}  // namespace

std::string tls_remedy(const Scenario& scenario, std::string_view detail) {
  const auto says = [&](std::string_view words) { return detail.find(words) != std::string_view::npos; };
  const std::string& host = scenario.target.host;
  if (says("expired") && says("VERIFY_FAILED"))
    return "the server's certificate, or one above it, is out of date (or this host's clock is wrong); --insecure goes "
           "on without checking.";
  if (says("not yet valid"))
    return "the server's certificate is not valid yet, or this host's clock is slow; --insecure goes on without "
           "checking.";
  if (says("mismatch"))
    return "the certificate is not for " + host + ": use a name that it bears (--resolve NAME:" +
           std::to_string(scenario.target.port) + ":ADDR leads one there); --insecure goes on without checking.";
  if (says("self signed") || says("local issuer") || says("get issuer"))
    return "nobody whom we trust vouches for the certificate: give its authority (or itself) by --cacert; of a server "
           "that does not send its intermediate certificates, those too. --insecure goes on without checking.";
  if (says("VERIFY_FAILED")) return "the server's certificate does not serve; --insecure goes on without checking.";
  if (says("PROTOCOL_VERSION") || says("UNSUPPORTED_PROTOCOL"))
    return "the server speaks nothing newer than TLS 1.1; 1.2 is the least that ringload speaks.";
  if (says("WRONG_VERSION_NUMBER") || says("HTTP_REQUEST"))
    return "what listens there does not speak TLS: is it " + with_scheme(scenario, false) + "?";
  if (says("CERTIFICATE_REQUIRED")) return kShowCertificate;
  if (says("HANDSHAKE_FAILURE"))
    return "the server found nothing to agree on: does it demand a certificate of ours (--cert and --key)?";
  // What a server says of a certificate that it does not like; ours are named otherwise above.
  for (const char* alert : {"UNKNOWN_CA", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "CERTIFICATE_UNKNOWN",
                            "CERTIFICATE_REVOKED", "UNSUPPORTED_CERTIFICATE", "ACCESS_DENIED", "our certificate"})
    if (says(alert)) return "the server does not accept the certificate that it was shown: see --cert and --key.";
  if (says("UNRECOGNIZED_NAME"))
    return "the server has no site called " + host + ": use a name that it knows (--resolve leads one there).";
  return "TLS did not come about: see --cacert and --insecure, or is it plain http?";
}

std::string tls_remedy_of_answer(const Scenario& scenario, std::string_view body) {
  const auto says = [&](std::string_view words) { return body.find(words) != std::string_view::npos; };
  // nginx and Go.
  if (says("plain HTTP request was sent to HTTPS port") || says("sent an HTTP request to an HTTPS server"))
    return "the port speaks TLS: use " + with_scheme(scenario, true) + ".";
  if (says("No required SSL certificate was sent")) return kShowCertificate;
  if (says("The SSL certificate error"))
    return "the server does not accept the certificate that it was shown: see --cert and --key.";
  return {};
}

}  // namespace ringload::cli
