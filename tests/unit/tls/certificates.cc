#include "certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace ringload::tls::test {
namespace {

void must(bool worked, const char* what) {
  if (!worked) throw std::runtime_error(what);
}

void extend(X509* certificate, int nid, const std::string& value) {
  const bssl::UniquePtr<X509_EXTENSION> extension(
      X509V3_EXT_nconf_nid(nullptr, nullptr, nid, const_cast<char*>(value.c_str())));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1, "extension");
}

}  // namespace

Issued issue(const CertificateSpec& spec, const Issued* issuer) {
  static int64_t serial = 1000;
  Issued out;
  bssl::UniquePtr<EC_KEY> ec(EC_KEY_new_by_curve_name(NID_X9_62_prime256v1));
  must(EC_KEY_generate_key(ec.get()) == 1, "key");
  out.key.reset(EVP_PKEY_new());
  EVP_PKEY_set1_EC_KEY(out.key.get(), ec.get());

  out.certificate.reset(X509_new());
  X509* x = out.certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
  X509_gmtime_adj(X509_get_notBefore(x), spec.valid_from);
  X509_gmtime_adj(X509_get_notAfter(x), spec.valid_to);
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const uint8_t*>(spec.common_name.c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x, issuer != nullptr ? X509_get_subject_name(issuer->certificate.get()) : name);
  X509_set_pubkey(x, out.key.get());
  extend(x, NID_basic_constraints, spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (spec.authority) extend(x, NID_key_usage, "critical,keyCertSign,cRLSign");
  std::string names;
  for (const std::string& dns : spec.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + dns;
  for (const std::string& address : spec.addresses) names += (names.empty() ? "IP:" : ",IP:") + address;
  if (!names.empty()) extend(x, NID_subject_alt_name, names);
  EVP_PKEY* signer = issuer != nullptr ? issuer->key.get() : out.key.get();
  must(X509_sign(x, signer, EVP_sha256()) > 0, "signature");
  return out;
}

Folder::Folder() {
  std::string form = std::filesystem::temp_directory_path() / "ringload-tls-XXXXXX";
  must(::mkdtemp(form.data()) != nullptr, "folder");
  path_ = form;
}

Folder::~Folder() { std::filesystem::remove_all(path_); }

std::string Folder::write(const std::string& name, const std::vector<const Issued*>& certificates,
                          EVP_PKEY* key) const {
  const bssl::UniquePtr<BIO> file(BIO_new_file(path(name).c_str(), "wb"));
  must(file != nullptr, "file");
  for (const Issued* each : certificates) must(PEM_write_bio_X509(file.get(), each->certificate.get()) == 1, "PEM");
  if (key != nullptr)
    must(PEM_write_bio_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
  return path(name);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  const bssl::UniquePtr<BIO> file(BIO_new_file(path(name).c_str(), "wb"));
  must(file != nullptr && BIO_write_all(file.get(), text.data(), text.size()) == 1, "file");
  return path(name);
}

}  // namespace ringload::tls::test
