// Certificates as tests want them: any dates, any names, chains and strangers. Written as PEM files.
#pragma once
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <string>
#include <vector>

namespace ringload::tls::test {

constexpr long kDay = 24 * 3600;

struct CertificateSpec {
  std::string common_name = "test";
  std::vector<std::string> dns_names;
  std::vector<std::string> addresses;
  bool authority = false;
  long valid_from = -kDay;   // seconds from now
  long valid_to = 30 * kDay;
};

struct Issued {
  bssl::UniquePtr<X509> certificate;
  bssl::UniquePtr<EVP_PKEY> key;
};

// Signed by `issuer`, or by itself when that is null.
Issued issue(const CertificateSpec& spec, const Issued* issuer);

// A folder of its own that goes when it does.
class Folder {
 public:
  Folder();
  ~Folder();
  // Writes these certificates, then the key; returns the path.
  std::string write(const std::string& name, const std::vector<const Issued*>& certificates,
                    EVP_PKEY* key = nullptr) const;
  std::string write(const std::string& name, const std::string& text) const;
  std::string path(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace ringload::tls::test
