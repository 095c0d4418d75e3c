import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface TestCertificates {
  /** PEM of the authority. */
  ca: string;
  /** Files, as servers want them. */
  files: { ca: string; certificate: string; key: string };
}

/** An authority of its own and a server's certificate for 127.0.0.1 and localhost, made by openssl, valid for a day. */
export async function createTestCertificates(dir: string): Promise<TestCertificates> {
  mkdirSync(dir, { recursive: true });
  const at = (name: string): string => join(dir, name);
  const openssl = async (...args: string[]): Promise<void> => {
    await promisify(execFile)('openssl', args, { cwd: dir });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '1', '-subj', '/CN=Test CA');
  await openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  await promisify(execFile)(
    'sh',
    [
      '-c',
      'printf "subjectAltName=IP:127.0.0.1,DNS:localhost" > san.ext && openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile san.ext -out server.pem',
    ],
    { cwd: dir },
  );
  return {
    ca: readFileSync(at('ca.pem'), 'utf8'),
    files: { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') },
  };
}
