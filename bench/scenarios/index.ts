import type { Scenario } from '../scenario.ts';
import { clientCredentials } from './client-credentials.ts';
import { fullCodeFlow, silentCodeFlow } from './code-flow.ts';
import { discovery, jwks } from './fixed-documents.ts';
import { refresh } from './refresh.ts';
import { introspect, revoke, verify } from './token-checks.ts';
import { userinfo } from './userinfo.ts';

/** Everything that is measured, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  discovery,
  jwks,
  clientCredentials,
  silentCodeFlow,
  fullCodeFlow,
  refresh,
  userinfo,
  introspect,
  verify,
  revoke,
];
