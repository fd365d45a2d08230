"""The lab's certificate authority and the certificates that it signs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from lab.topology import DOMAIN
from runtime.local.private_files import private_directory, write_private

VALID_FOR = timedelta(days=90)
_CLOCK_TOLERANCE = timedelta(hours=1)


class CertificateAuthority:
    """A CA in a directory: `ca.pem` and `ca.key`, and `<name>.pem` with `<name>.key` for each server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(self) -> None:
        """Makes a new CA; earlier certificates lose their trust."""
        private_directory(self._folder)
        key, name = ec.generate_private_key(ec.SECP256R1()), _name("Lab CA")
        now = datetime.now(UTC)
        certificate = (
            _builder(name, name, key, now - _CLOCK_TOLERANCE, now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        self._write("ca", key, certificate)

    def issue(
        self,
        name: str,
        host_names: tuple[str, ...],
        *,
        expires: datetime | None = None,
    ) -> Path:
        """Writes a new certificate for these names of the lab's domain and returns its path.

        `expires` may be in the past; the default is in 90 days. A server reads it when it starts.
        """
        issuer = x509.load_pem_x509_certificate((self._folder / "ca.pem").read_bytes())
        issuer_key = load_pem_private_key((self._folder / "ca.key").read_bytes(), None)
        if not isinstance(issuer_key, ec.EllipticCurvePrivateKey):
            raise TypeError(f"{self._folder / 'ca.key'} is not the key of this lab's CA")
        key, names = ec.generate_private_key(ec.SECP256R1()), [f"{host}.{DOMAIN}" for host in host_names]
        until = expires or datetime.now(UTC) + VALID_FOR
        since = min(datetime.now(UTC) - _CLOCK_TOLERANCE, until - VALID_FOR)
        certificate = (
            _builder(_name(names[0]), issuer.subject, key, since, until)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(each) for each in names]), critical=False
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([x509.OID_SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
            )
            .sign(issuer_key, hashes.SHA256())
        )
        return self._write(name, key, certificate)

    def _write(self, name: str, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> Path:
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        write_private(self._folder / f"{name}.key", text)
        path = self._folder / f"{name}.pem"
        write_private(path, certificate.public_bytes(Encoding.PEM).decode())
        return path


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, since: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(until)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
