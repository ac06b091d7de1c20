// Certificates of the test's own, made when it runs: an authority that nobody trusts, and a server
// certificate for 127.0.0.1 that it has signed.

import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class Certificates {
  readonly folder = mkdtempSync(join(tmpdir(), 'wiretree-certificates-'));
  readonly authority = join(this.folder, 'ca.crt');
  readonly certificate = join(this.folder, 'server.crt');
  readonly key = join(this.folder, 'server.key');

  constructor() {
    const authorityKey = join(this.folder, 'ca.key');
    const request = join(this.folder, 'server.csr');
    const extensions = join(this.folder, 'server.ext');
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const basic = 'basicConstraints=critical,CA:TRUE';
    openssl(
      'req',
      '-x509',
      ...fresh,
      '-keyout',
      authorityKey,
      '-out',
      this.authority,
    )(
      ...['-days', '2', '-subj', '/CN=Wiretree Test Authority'],
      ...['-addext', basic, '-addext', 'keyUsage=critical,keyCertSign'],
    );
    openssl('req', ...fresh, '-keyout', this.key, '-out', request)('-subj', '/CN=broker');
    writeFileSync(extensions, 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n');
    openssl(
      'x509',
      '-req',
      '-in',
      request,
      '-out',
      this.certificate,
      '-days',
      '1',
    )(
      ...['-CA', this.authority, '-CAkey', authorityKey, '-CAcreateserial'],
      ...['-extfile', extensions],
    );
  }

  /** SHA-256 of the server's certificate, in hexadecimal digits. */
  get fingerprint(): string {
    return new X509Certificate(readFileSync(this.certificate)).fingerprint256
      .toLowerCase()
      .replaceAll(':', '');
  }

  /** Lines of mosquitto.conf that make its listener speak TLS. */
  get settings(): string[] {
    return [`certfile ${this.certificate}`, `keyfile ${this.key}`];
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs it once the rest of its words have been given. */
function openssl(...words: string[]): (...more: string[]) => void {
  return (...more) => execFileSync('openssl', [...words, ...more], { stdio: 'ignore' });
}
