/** The settings of the shop. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** The public address of the shop, without a trailing slash. */
  readonly publicUrl: string;
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string;
}

const loopbackHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** True where plain http is fine, because nothing leaves the machine. */
export function isLoopback(url: URL): boolean {
  return loopbackHosts.has(url.hostname);
}

/**
 * Reads the settings from the environment.
 * @throws Error that names every missing or malformed setting, one per line.
 */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const problems: string[] = [];
  const port = Number(env['PORT'] ?? 3001);
  if (!Number.isInteger(port) || port < 0 || port > 65535) problems.push('PORT is not a port');
  const issuer = readUrl('ISSUER', env['ISSUER'] ?? 'http://localhost:3000', problems);
  const publicUrl = readUrl(
    'PUBLIC_URL',
    env['PUBLIC_URL'] ?? `http://localhost:${String(port)}`,
    problems,
  );
  const clientId = env['CLIENT_ID'] ?? '';
  const clientSecret = env['CLIENT_SECRET'] ?? '';
  if (clientId === '') problems.push('CLIENT_ID is missing');
  if (clientSecret === '') problems.push('CLIENT_SECRET is missing');
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return {
    host: env['HOST'] ?? '127.0.0.1',
    port,
    publicUrl: publicUrl.href.replace(/\/$/, ''),
    issuer,
    clientId,
    clientSecret,
  };
}

function readUrl(name: string, value: string, problems: string[]): URL {
  const url = URL.parse(value);
  if (url === null) {
    problems.push(`${name} is not a URL`);
    return new URL('http://localhost');
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  problems.push(`${name} must be https, or http on this machine`);
  return url;
}
