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

/** Go: a web app without a framework, or a service. */
export const goOidc: Stack = {
  title: 'Go',
  library: 'coreos/go-oidc 3, x/oauth2',
  types: ['web', 'machine'],
  fits: usesSecret,
  blocks: (input) => {
    const isService = input.client.applicationType === 'machine';
    const lines = isService ? serviceLines(input) : webLines(input);
    return program(lines);
  },
  notes: (input) => (input.client.applicationType === 'machine' ? [] : signInNotes(input)),
};

function program(lines: readonly string[]): SampleBlock[] {
  const install = [
    'go mod init app',
    'go get github.com/coreos/go-oidc/v3/oidc@v3.20.0 golang.org/x/oauth2@v0.38.0',
  ];
  return [
    { step: 'install', code: install.join('\n') },
    { file: 'main.go', code: lines.join('\n') },
    { step: 'start', code: 'go run .' },
  ];
}

function providerLines({ issuer }: SampleInput): string[] {
  return [
    `	ctx := context.Background()`,
    `	provider, err := oidc.NewProvider(ctx, ${quote(issuer)})`,
    `	if err != nil {`,
    `		log.Fatal(err)`,
    `	}`,
    `	endpoint := provider.Endpoint()`,
  ];
}

function authStyle({ client }: SampleInput): string {
  return sendsSecretInBody(client) ? 'oauth2.AuthStyleInParams' : 'oauth2.AuthStyleInHeader';
}

function webLines(input: SampleInput): string[] {
  const { client, redirectUri, port, scope } = input;
  const scopes = scope.split(' ').map(quote).join(', ');
  return [
    ...WEB_IMPORTS,
    ``,
    `func main() {`,
    ...providerLines(input),
    `	endpoint.AuthStyle = ${authStyle(input)}`,
    `	verifier := provider.Verifier(&oidc.Config{ClientID: ${quote(client.id)}})`,
    `	config := oauth2.Config{`,
    `		ClientID:     ${quote(client.id)},`,
    `		ClientSecret: os.Getenv("CLIENT_SECRET"),`,
    `		Endpoint:     endpoint,`,
    `		RedirectURL:  ${quote(redirectUri)},`,
    `		Scopes:       []string{${scopes}},`,
    `	}`,
    ``,
    ...loginLines(redirectUri),
    ``,
    ...callbackLines(redirectUri),
    ``,
    `	log.Fatal(http.ListenAndServe(":${port}", nil))`,
    `}`,
    ``,
    ...COOKIE_FUNCTION,
  ];
}

const WEB_IMPORTS = [
  `package main`,
  ``,
  `import (`,
  `	"context"`,
  `	"crypto/rand"`,
  `	"encoding/json"`,
  `	"log"`,
  `	"net/http"`,
  `	"os"`,
  ``,
  `	"github.com/coreos/go-oidc/v3/oidc"`,
  `	"golang.org/x/oauth2"`,
  `)`,
];

function loginLines(redirectUri: string): string[] {
  const secure = isSecure(redirectUri) ? ', Secure: true' : '';
  return [
    `	http.HandleFunc("GET ${loginPath(redirectUri)}", func(w http.ResponseWriter, r *http.Request) {`,
    `		state, nonce, pkce := rand.Text(), rand.Text(), oauth2.GenerateVerifier()`,
    `		for name, value := range map[string]string{"state": state, "nonce": nonce, "pkce": pkce} {`,
    `			http.SetCookie(w, &http.Cookie{`,
    `				Name: name, Value: value, Path: "/", MaxAge: 3600,`,
    `				HttpOnly: true, SameSite: http.SameSiteLaxMode${secure},`,
    `			})`,
    `		}`,
    `		url := config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(pkce))`,
    `		http.Redirect(w, r, url, http.StatusFound)`,
    `	})`,
  ];
}

function callbackLines(redirectUri: string): string[] {
  const path = new URL(redirectUri).pathname;
  const pattern = path.endsWith('/') ? `GET ${path}{$}` : `GET ${path}`;
  return [
    `	http.HandleFunc(${quote(pattern)}, func(w http.ResponseWriter, r *http.Request) {`,
    `		answer := r.URL.Query()`,
    `		if state := cookie(r, "state"); state == "" || answer.Get("state") != state {`,
    `			http.Error(w, "this sign-in did not start in this browser", http.StatusBadRequest)`,
    `			return`,
    `		}`,
    `		pkce := oauth2.VerifierOption(cookie(r, "pkce"))`,
    `		token, err := config.Exchange(r.Context(), answer.Get("code"), pkce)`,
    `		if err != nil {`,
    `			http.Error(w, err.Error(), http.StatusBadRequest)`,
    `			return`,
    `		}`,
    `		raw, _ := token.Extra("id_token").(string)`,
    `		idToken, err := verifier.Verify(r.Context(), raw)`,
    `		if err != nil || idToken.Nonce != cookie(r, "nonce") {`,
    `			http.Error(w, "the ID token is not valid", http.StatusBadRequest)`,
    `			return`,
    `		}`,
    `		info, err := provider.UserInfo(r.Context(), oauth2.StaticTokenSource(token))`,
    `		if err != nil || info.Subject != idToken.Subject {`,
    `			http.Error(w, "the values cannot be read", http.StatusBadGateway)`,
    `			return`,
    `		}`,
    `		// Every value may be missing: people decide one by one, and can change their mind.`,
    `		var person map[string]any`,
    `		if err := info.Claims(&person); err != nil {`,
    `			http.Error(w, err.Error(), http.StatusBadGateway)`,
    `			return`,
    `		}`,
    `		// Start your own session for this person here.`,
    `		json.NewEncoder(w).Encode(person)`,
    `	})`,
  ];
}

const COOKIE_FUNCTION = [
  `func cookie(r *http.Request, name string) string {`,
  `	found, err := r.Cookie(name)`,
  `	if err != nil {`,
  `		return ""`,
  `	}`,
  `	return found.Value`,
  `}`,
];

function serviceLines(input: SampleInput): string[] {
  const { client, api } = input;
  return [
    ...serviceImports(api !== null),
    ``,
    `func main() {`,
    ...providerLines(input),
    `	config := clientcredentials.Config{`,
    `		ClientID:     ${quote(client.id)},`,
    `		ClientSecret: os.Getenv("CLIENT_SECRET"),`,
    `		TokenURL:     endpoint.TokenURL,`,
    `		AuthStyle:    ${authStyle(input)},`,
    `	}`,
    ...(api === null
      ? []
      : [
          `	config.Scopes = []string{${api.scope.split(' ').map(quote).join(', ')}}`,
          `	config.EndpointParams = url.Values{"resource": {${quote(api.resource)}}}`,
        ]),
    `	token, err := config.Token(ctx)`,
    `	if err != nil {`,
    `		log.Fatal(err)`,
    `	}`,
    `	// config.Client(ctx) sends the access token to the API and renews it.`,
    `	fmt.Printf("Access token for %.0f seconds\\n", time.Until(token.Expiry).Seconds())`,
    `}`,
  ];
}

function serviceImports(sendsResource: boolean): string[] {
  return [
    `package main`,
    ``,
    `import (`,
    `	"context"`,
    `	"fmt"`,
    `	"log"`,
    ...(sendsResource ? [`	"net/url"`] : []),
    `	"os"`,
    `	"time"`,
    ``,
    `	"github.com/coreos/go-oidc/v3/oidc"`,
    `	"golang.org/x/oauth2"`,
    `	"golang.org/x/oauth2/clientcredentials"`,
    `)`,
  ];
}
