/** A certificate for `localhost` that nobody has signed but itself, made by OpenSSL. */
import path from "node:path";
import { execa } from "execa";

/** @returns the paths of the two files */
export async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [key, certificate] = [path.join(folder, "key.pem"), path.join(folder, "certificate.pem")];
  await execa("openssl", [
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
  ]);
  return { key, certificate };
}
