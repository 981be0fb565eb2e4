import { answerClientCredentials } from './answer-client-credentials.ts';
import { answerCode } from './answer-code.ts';
import { answerRefresh } from './answer-refresh.ts';
import type { FastPathContext } from './context.ts';
import { CLIENT_FIELDS } from './plain-client.ts';
import type { PlainRequest } from './plain-request.ts';

export const TOKEN_FIELDS = [
  'grant_type',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
  'resource',
  ...CLIENT_FIELDS,
];

/** Answers a token request (RFC 6749 §3.2) of a grant type that has a plain shape. Null for the others. */
export async function answerTokenRequest(
  ctx: FastPathContext,
  request: PlainRequest,
): Promise<string | null> {
  const { grant_type: type } = request.form;
  if (type === 'authorization_code') return answerCode(ctx, request);
  if (type === 'client_credentials') return answerClientCredentials(ctx, request);
  return type === 'refresh_token' ? answerRefresh(ctx, request) : null;
}
