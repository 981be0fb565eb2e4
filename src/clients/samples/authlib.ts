import { doubleQuoted as quote } from './quote.ts';
import {
  isSecure,
  loginPath,
  type SampleBlock,
  type SampleInput,
  sendsSecretInBody,
  signInNotes,
  type Stack,
  usesSecret,
} from './sample.ts';

/** Python: a web app on Flask, or a service. */
export const authlib: Stack = {
  title: 'Python',
  library: 'Authlib 1.9',
  types: ['web', 'machine'],
  fits: usesSecret,
  blocks: (input) => (input.client.applicationType === 'machine' ? service(input) : web(input)),
  notes: (input) => (input.client.applicationType === 'machine' ? [] : signInNotes(input)),
};

function web(input: SampleInput): SampleBlock[] {
  const insecure = isSecure(input.issuer) ? '' : 'AUTHLIB_INSECURE_TRANSPORT=1 ';
  const run = `python3 -m flask run --port ${input.port}`;
  return [
    { step: 'install', code: 'python3 -m pip install Authlib==1.9.* Flask==3.* requests==2.*' },
    { file: 'app.py', code: webLines(input).join('\n') },
    { step: 'start', code: `${insecure}SESSION_SECRET=$(openssl rand -hex 32) ${run}` },
  ];
}

function webLines({ client, issuer, redirectUri, scope }: SampleInput): string[] {
  const secure = isSecure(redirectUri) ? ', SESSION_COOKIE_SECURE=True' : '';
  return [
    `import os`,
    ``,
    `from authlib.integrations.flask_client import OAuth`,
    `from flask import Flask, redirect, session`,
    ``,
    `app = Flask(__name__)`,
    `app.secret_key = os.environ["SESSION_SECRET"]`,
    `app.config.update(SESSION_COOKIE_SAMESITE="Lax"${secure})`,
    ``,
    `oauth = OAuth(app)`,
    `oauth.register(`,
    `    name="consentry",`,
    `    client_id=${quote(client.id)},`,
    `    client_secret=os.environ["CLIENT_SECRET"],`,
    `    server_metadata_url=${quote(`${issuer}/.well-known/openid-configuration`)},`,
    `    client_kwargs={`,
    `        "scope": ${quote(scope)},`,
    `        "code_challenge_method": "S256",`,
    ...(sendsSecretInBody(client)
      ? [`        "token_endpoint_auth_method": "client_secret_post",`]
      : []),
    `    },`,
    `)`,
    ``,
    ``,
    `@app.get(${quote(loginPath(redirectUri))})`,
    `def login():`,
    `    return oauth.consentry.authorize_redirect(${quote(redirectUri)})`,
    ``,
    ``,
    `@app.get(${quote(new URL(redirectUri).pathname)})`,
    `def callback():`,
    `    token = oauth.consentry.authorize_access_token()`,
    `    # Every value may be missing: people decide one by one, and can change their mind.`,
    `    session["person"] = oauth.consentry.userinfo(token=token)`,
    `    return redirect("/user")`,
    ``,
    ``,
    `@app.get("/user")`,
    `def user():`,
    `    return session.get("person", {})`,
  ];
}

function service(input: SampleInput): SampleBlock[] {
  return [
    { step: 'install', code: 'python3 -m pip install Authlib==1.9.* requests==2.*' },
    { file: 'service.py', code: serviceLines(input).join('\n') },
    {
      step: 'start',
      code: `${isSecure(input.issuer) ? '' : 'AUTHLIB_INSECURE_TRANSPORT=1 '}python3 service.py`,
    },
  ];
}

function serviceLines({ client, issuer, api }: SampleInput): string[] {
  const method = sendsSecretInBody(client) ? 'client_secret_post' : 'client_secret_basic';
  return [
    `import os`,
    ``,
    `import requests`,
    `from authlib.integrations.requests_client import OAuth2Session`,
    ``,
    `discovery = requests.get(${quote(`${issuer}/.well-known/openid-configuration`)}, timeout=10)`,
    `session = OAuth2Session(`,
    `    ${quote(client.id)},`,
    `    os.environ["CLIENT_SECRET"],`,
    `    token_endpoint_auth_method=${quote(method)},`,
    `)`,
    `token = session.fetch_token(`,
    `    discovery.json()["token_endpoint"],`,
    `    grant_type="client_credentials",`,
    ...(api === null
      ? []
      : [`    scope=${quote(api.scope)},`, `    resource=${quote(api.resource)},`]),
    `)`,
    `# session.get(...) sends the access token to the API.`,
    `print("Access token for", token["expires_in"], "seconds")`,
  ];
}
