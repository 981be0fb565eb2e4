import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Provider } from 'oidc-provider';

/** Shows and takes the two forms of the bare provider: a name and a password, and a consent. */
export async function answerInteraction(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const interaction = await provider.interactionDetails(request, response);
    if (request.method !== 'POST') {
      const form = interaction.prompt.name === 'login' ? signInFields : '';
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(
        `<!doctype html><form method="post">${form}<button name="decision" value="allow">Go on</button></form>`,
      );
      return;
    }
    const form = await readForm(request);
    if (interaction.prompt.name === 'login') {
      const accountId = form.get('identifier') ?? '';
      await provider.interactionFinished(request, response, { login: { accountId } });
      return;
    }
    const grant = new provider.Grant({
      accountId: interaction.session?.accountId ?? '',
      clientId: String(interaction.params['client_id']),
    });
    grant.addOIDCScope(String(interaction.params['scope']));
    const grantId = await grant.save();
    await provider.interactionFinished(request, response, { consent: { grantId } });
  } catch (error) {
    response.statusCode = 500;
    response.end(error instanceof Error ? error.message : 'failed');
  }
}

/** The fields of a form for a name and a password. */
export const signInFields =
  '<input name="identifier" type="email"><input name="password" type="password">';

/** Reads the body of a form. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return new URLSearchParams(body);
}
