/** A server under measurement, with one app and some accounts ready. */
export interface Subject {
  readonly name: 'bare' | 'consentry';
  readonly issuer: string;
  readonly endpoints: Endpoints;
  readonly app: App;
  readonly accounts: readonly Account[];
  read(): Promise<SubjectReading>;
  stop(): Promise<void>;
}

export interface App {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}

export interface Account {
  readonly identifier: string;
  readonly password: string;
}

/** From the discovery document. */
export interface Endpoints {
  readonly discovery: string;
  readonly jwks: string;
  readonly authorization: string;
  readonly token: string;
  readonly userinfo: string;
  readonly introspection: string;
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
export async function discoverEndpoints(issuer: string): Promise<Endpoints> {
  const discovery = `${issuer}/.well-known/openid-configuration`;
  const response = await fetch(discovery);
  if (!response.ok) throw new Error(`${discovery} answered ${String(response.status)}`);
  const document = (await response.json()) as Record<string, unknown>;
  const endpoint = (name: string) => {
    const value = document[name];
    if (typeof value !== 'string') throw new Error(`discovery has no ${name}`);
    return value;
  };
  return {
    discovery,
    jwks: endpoint('jwks_uri'),
    authorization: endpoint('authorization_endpoint'),
    token: endpoint('token_endpoint'),
    userinfo: endpoint('userinfo_endpoint'),
    introspection: endpoint('introspection_endpoint'),
    revocation: endpoint('revocation_endpoint'),
  };
}
