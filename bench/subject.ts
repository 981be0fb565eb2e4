/** A server under measurement, with one app and some accounts ready. */
export interface Subject {
  readonly name: 'bare' | 'consentry' | 'better-auth';
  /** Where it listens on 127.0.0.1; a server behind a proxy has an issuer that is elsewhere. */
  readonly port: number;
  readonly issuer: string;
  readonly endpoints: Endpoints;
  readonly app: App;
  /** An app that only acts for itself. */
  readonly machine: Credentials;
  readonly accounts: readonly Account[];
  read(): Promise<SubjectReading>;
  /** Restarts the process on the same port and storage, because a process gets slower with the data in its memory. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** The credentials of an app. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface App extends Credentials {
  readonly redirectUri: string;
}

export interface Account {
  readonly identifier: string;
  readonly password: string;
}

/** How a server under measurement is set up. */
export interface SubjectOptions {
  readonly signingAlgorithm: 'ES256' | 'RS256';
  readonly accounts: number;
  readonly profileFolder: string | null;
  /** Passwords are hashed, as in production. Default false: a hash would be most of a sign-in. */
  readonly hashesPasswords?: boolean;
}

/** From the discovery document. */
export interface Endpoints {
  readonly discovery: string;
  readonly jwks: string;
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
  readonly introspection: string;
  /** Where a gateway checks a request; null: at introspection. */
  readonly verify: string | null;
  readonly revocation: string;
}

/** Counters that only grow, except `rssMib`. */
export interface SubjectReading {
  readonly serverMs: number;
  readonly workerThreadsMs: number;
  readonly postgresMs: number;
  readonly redisMs: number;
  readonly commits: number;
  readonly redisCommands: number;
  readonly rssMib: number;
}

/** Reads the endpoints from the discovery document, so no path is guessed. */
export async function discoverEndpoints(port: number, base = ''): Promise<Endpoints> {
  const path = `${base}/.well-known/openid-configuration`;
  const response = await fetch(`http://127.0.0.1:${String(port)}${path}`);
  if (!response.ok) throw new Error(`${path} answered ${String(response.status)}`);
  const document = (await response.json()) as Record<string, unknown>;
  const endpoint = (name: string) => {
    const value = document[name];
    if (typeof value !== 'string') throw new Error(`discovery has no ${name}`);
    return value;
  };
  return {
    discovery: `${new URL(endpoint('issuer')).origin}${path}`,
    jwks: endpoint('jwks_uri'),
    authorization: endpoint('authorization_endpoint'),
    token: endpoint('token_endpoint'),
    userinfo: endpoint('userinfo_endpoint'),
    introspection: endpoint('introspection_endpoint'),
    verify: null,
    revocation: endpoint('revocation_endpoint'),
  };
}
