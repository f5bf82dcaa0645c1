"""A certificate authority of the tests' own, made with the openssl program: any dates, names and chains."""
import datetime
import os
import subprocess

CONFIG = """
[ca]
default_ca = own
[own]
dir = {directory}
database = {directory}/index
serial = {directory}/serial
new_certs_dir = {directory}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"openssl {' '.join(arguments)}\n{done.stderr}")


def stamp(days):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return at.strftime("%Y%m%d%H%M%SZ")


class Authority:
    """root signs middle, middle signs everything else."""

    def __init__(self, directory):
        self.directory = os.path.join(directory, "authority")
        os.mkdir(self.directory)
        self.config = self.path("openssl.cnf")
        with open(self.config, "w") as file:
            file.write(CONFIG.format(directory=self.directory))
        open(self.path("index"), "w").close()
        with open(self.path("serial"), "w") as file:
            file.write("1000\n")
        self.root = self.self_signed("root", "authority")
        self.middle = self.sign("middle", self.root, "authority")

    def path(self, name):
        return os.path.join(self.directory, name)

    def _request(self, name, names, *more):
        arguments = ["req", "-config", self.config, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", f"/CN={name}", "-keyout", self.path(name + ".key")]
        if names:
            arguments += ["-addext", "subjectAltName=" + ",".join(names)]
        openssl(*arguments, *more)

    def self_signed(self, name, section="leaf", names=(), days=(-1, 30)):
        self._request(name, names, "-out", self.path(name + ".csr"))
        openssl("ca", "-config", self.config, "-batch", "-selfsign", "-notext", "-extensions", section,
                "-keyfile", self.path(name + ".key"), "-in", self.path(name + ".csr"), "-out", self.path(name + ".pem"),
                "-startdate", stamp(days[0]), "-enddate", stamp(days[1]))
        return name

    def sign(self, name, issuer, section="leaf", names=(), days=(-1, 30)):
        self._request(name, names, "-out", self.path(name + ".csr"))
        openssl("ca", "-config", self.config, "-batch", "-notext", "-extensions", section,
                "-cert", self.path(issuer + ".pem"), "-keyfile", self.path(issuer + ".key"),
                "-in", self.path(name + ".csr"), "-out", self.path(name + ".pem"),
                "-startdate", stamp(days[0]), "-enddate", stamp(days[1]))
        return name

    def leaf(self, name, names, **more):
        """A leaf of the middle: (chain file, key file)."""
        return self.chain(self.sign(name, self.middle, names=names, **more), self.middle), self.path(name + ".key")

    def chain(self, *names):
        path = self.path("-".join(names) + ".chain.pem")
        with open(path, "w") as file:
            for name in names:
                file.write(open(self.path(name + ".pem")).read())
        return path

    @property
    def ca(self):
        return self.path("root.pem")
