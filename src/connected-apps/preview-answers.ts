import type { Consent } from '../consents/index.ts';

/** The present answers to an app; from `oidc/`, passed in by `app.ts`. Null: the app is refused. */
export type PreviewAnswers = (input: {
  readonly accountId: string;
  readonly clientId: string;
  readonly draft?: Consent;
}) => Promise<{
  readonly userinfo: Readonly<Record<string, unknown>> | null;
  readonly idToken: Readonly<Record<string, unknown>> | null;
}>;
