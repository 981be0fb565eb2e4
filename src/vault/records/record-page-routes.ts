import { Type } from 'typebox';

import {
  formPage,
  notFound,
  pageRoute,
  redirect,
  render,
  success,
  typedText,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { AppError, isAppError } from '../../platform/app-error.ts';
import type { Scopes } from '../../scopes/index.ts';
import type { Vault } from '../index.ts';
import type { JsonValue, RecordEntry } from './record.ts';
import {
  type NamespaceView,
  presentNamespace,
  recordHref,
  recordPage,
  recordsPage,
  removeRecordPage,
} from './record-views.ts';
import { NamespaceParam } from './record-schema.ts';

interface RecordPageDeps {
  readonly vault: Vault;
  readonly scopes: Pick<Scopes, 'catalogue'>;
  /** The name of an app; null for one that no longer exists. */
  readonly nameOfClient: (clientId: string) => Promise<string | null>;
}

const PATH = '/account/records';
const Params = Type.Object({
  namespace: NamespaceParam,
  recordId: Type.String({ pattern: '^[0-9a-f]{64}$' }),
});
const ON_ONE = { access: 'person', params: Params } as const;
const PER_NAMESPACE = 200;

/** The pages on which a person sees, changes and deletes the records that apps store with them. */
export function recordPageRoutes(deps: RecordPageDeps): readonly AnyRoute[] {
  return [
    pageRoute({
      method: 'get',
      path: PATH,
      access: 'person',
      handle: async ({ caller, request }) =>
        render(recordsPage, {
          namespaces: await readNamespaces(deps, caller.accountId, request.locale),
        }),
    }),
    ...changing(deps),
    ...removing(deps),
  ];
}

function changing({ vault }: RecordPageDeps): readonly AnyRoute[] {
  return formPage({
    path: `${PATH}/{namespace}/{recordId}`,
    ...ON_ONE,
    form: Type.Object({
      text: Type.String({ maxLength: 60_000 }),
      version: Type.String({ maxLength: 64 }),
    }),
    show: async ({ caller, params, formErrors, formValues }) => {
      const record = await findById(vault, { accountId: caller.accountId, ...params });
      if (record === null) return notFound();
      const { namespace, key, value, version } = record;
      return render(recordPage, {
        namespace,
        key,
        text: formErrors ? typedText(formValues, 'text') : JSON.stringify(value, null, 2),
        // The version at the first display of the page, so that after an error an outdated change is still refused.
        version: formErrors ? typedText(formValues, 'version') : version,
        action: recordHref(record),
        removeHref: `${recordHref(record)}/remove`,
        formErrors,
      });
    },
    submit: async ({ caller: { accountId }, params, form }) => {
      const record = await findById(vault, { accountId, ...params });
      if (record === null) return notFound();
      const { namespace, key } = record;
      const expected = { kind: 'version', version: form.version } as const;
      const change = { accountId, namespace, key, expected, changedBy: null };
      await withFieldErrors(vault.records.put({ ...change, value: parse(form.text) }));
      return redirect(PATH, success('vault:flash.record'));
    },
  });
}

function removing({ vault }: RecordPageDeps): readonly AnyRoute[] {
  return formPage({
    path: `${PATH}/{namespace}/{recordId}/remove`,
    ...ON_ONE,
    show: async ({ caller, params }) => {
      const record = await findById(vault, { accountId: caller.accountId, ...params });
      if (record === null) return notFound();
      const { namespace, key } = record;
      return render(removeRecordPage, { namespace, key, action: `${recordHref(record)}/remove` });
    },
    submit: async ({ caller: { accountId }, params }) => {
      const record = await findById(vault, { accountId, ...params });
      if (record === null) return notFound();
      const { namespace, key } = record;
      await vault.records.remove({ accountId, namespace, key, expected: { kind: 'anything' } });
      return redirect(PATH, success('vault:flash.removed'));
    },
  });
}

async function readNamespaces(
  { vault, scopes, nameOfClient }: RecordPageDeps,
  accountId: string,
  locale: string,
): Promise<NamespaceView[]> {
  const [counts, catalogue] = await Promise.all([
    vault.records.count(accountId),
    scopes.catalogue(),
  ]);
  return Promise.all(
    counts.map(async ({ namespace }) => {
      const records = await vault.records.list({ accountId, namespace, limit: PER_NAMESPACE });
      const ids = new Set(records.flatMap(({ changedBy }) => changedBy ?? []));
      const names = await Promise.all(
        [...ids].map(async (id) => [id, await nameOfClient(id)] as const),
      );
      return presentNamespace({ namespace, records, names: new Map(names), catalogue, locale });
    }),
  );
}

/** Finds a record by the id in the URL, because URLs of pages do not contain the key. */
async function findById(
  vault: Vault,
  ref: { readonly accountId: string; readonly namespace: string; readonly recordId: string },
): Promise<RecordEntry | null> {
  const { accountId, namespace, recordId } = ref;
  const all = await vault.records.list({ accountId, namespace, limit: PER_NAMESPACE });
  return all.find(({ id }) => id === recordId) ?? null;
}

function parse(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new AppError('invalid', 'record_invalid', { fields: { text: 'record_not_json' }, cause });
  }
}

/** Shows errors at the field of the page. */
async function withFieldErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const field = isAppError(error, 'record_invalid') ? error.fields?.['value'] : undefined;
    const code = isAppError(error, 'record_changed') ? 'record_changed' : field;
    if (code === undefined) throw error;
    throw new AppError('invalid', 'record_invalid', { fields: { text: code }, cause: error });
  }
}
