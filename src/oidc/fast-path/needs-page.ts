import type {
  Client as ProviderClient,
  interactionPolicy,
  KoaContextWithOIDC,
} from 'oidc-provider';

import type { PlainForm } from './plain-request.ts';

interface SignedInRequest {
  readonly client: ProviderClient;
  readonly form: PlainForm;
  readonly accountId: string;
  /** When the person signed in, in seconds since 1970. */
  readonly loginTs: number;
}

/**
 * Does a prompt of the policy lead this request to a page? Runs the checks that the library runs, in its order.
 * @throws Error when a check reads a part of the request that is not given here, so that the library answers.
 */
export async function needsPage(
  policy: Iterable<Pick<interactionPolicy.Prompt, 'checks'>>,
  request: SignedInRequest,
): Promise<boolean> {
  const ctx = contextOf(request);
  for (const { checks } of policy) {
    const needs = await Promise.all([...checks].map(async ({ check }) => check(ctx)));
    if (needs.includes(true)) return true;
  }
  return false;
}

function contextOf({ client, form, accountId, loginTs }: SignedInRequest): KoaContextWithOIDC {
  const given = {
    client,
    account: { accountId },
    session: complete('session', { accountId, loginTs }),
    params: form,
    // Of a request that is not the continuation of another one.
    result: undefined,
    claims: {},
    entities: { Client: client, Interaction: undefined, IdTokenHint: undefined },
    prompts: new Set<string>(),
    promptPending: () => false,
  };
  return complete('ctx', { oidc: complete('oidc', given) }) as unknown as KoaContextWithOIDC;
}

/** A check that reads a further member must not find `undefined` there. */
function complete<Given extends object>(name: string, given: Given): Given {
  return new Proxy(given, {
    get(target, member) {
      if (member in target) return target[member as keyof Given];
      throw new Error(`a check reads ${name}.${String(member)}, which the fast path does not know`);
    },
  });
}
