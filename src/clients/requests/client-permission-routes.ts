import { sitePath } from '../../http/pages/site-path.ts';
import {
  formAction,
  formPage,
  type FormErrors,
  type FormValues,
  pageRoute,
  type PageResult,
  redirect,
  render,
  showUnsaved,
  success,
} from '../../http/routing/page-route.ts';
import type { AnyRoute } from '../../http/routing/route.ts';
import { isAppError } from '../../platform/app-error.ts';
import type { Catalogue } from '../../scopes/index.ts';
import type { Client } from '../client.ts';
import { type ClientRoutesDeps, ONE_CLIENT_PAGE } from '../client-routes.ts';
import { hasSignIn } from '../settings/client-settings.ts';
import {
  AccessForm,
  choiceIn,
  claimOrder,
  fieldOfError,
  storedValues,
} from './access-form-schema.ts';
import { permissionsModel, permissionsPage } from './client-permission-views.ts';
import { scopesOfChoice } from './set-requested-access.ts';

const PATH = '/developer/apps/{clientId}/permissions';
/** The example follows the keyboard, so it is requested often. */
const EXAMPLE_LIMIT = { points: 240, perSeconds: 60 } as const;

interface ShowInput {
  readonly client: Client;
  readonly locale: string;
  /** The typed fields; left out: those that are stored. */
  readonly values?: FormValues;
  readonly errors?: FormErrors | null;
}

/**
 * The page on which a developer chooses the details that an app requests, with their reasons, and its permissions. Beside the form stands the
 * consent page for the choice, also for one that is not saved.
 */
export function clientPermissionRoutes(deps: ClientRoutesDeps): readonly AnyRoute[] {
  const { clients, scopes } = deps;
  const pageOf = (clientId: string) => sitePath`/developer/apps/${clientId}/permissions`;
  return [
    ...formPage({
      ...ONE_CLIENT_PAGE,
      path: PATH,
      form: AccessForm,
      show: async ({ params, caller, request: { locale }, formErrors, formValues }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        if (formErrors === null) return showAccess(deps, { client, locale });
        return showAccess(deps, { client, locale, values: formValues, errors: formErrors });
      },
      submit: async ({ params, caller, formValues }) => {
        const managed = { ...params, manager: caller };
        const client = await clients.findManaged(managed);
        const choice = choiceIn(formValues, orderOf(client, await scopes.catalogue()));
        try {
          await clients.setRequestedAccess({ ...managed, ...choice });
        } catch (error) {
          if (!isAppError(error, 'requests_invalid')) throw error;
          throw error.withFields((field) => fieldOfError(field, choice));
        }
        return redirect(pageOf(params.clientId), success('clients:flash.accessSaved'));
      },
    }),
    pageRoute({
      ...ONE_CLIENT_PAGE,
      method: 'get',
      path: `${PATH}/example`,
      handle: async ({ params, caller }) => {
        await clients.findManaged({ ...params, manager: caller });
        return redirect(pageOf(params.clientId));
      },
    }),
    formAction({
      ...ONE_CLIENT_PAGE,
      path: `${PATH}/example`,
      form: AccessForm,
      limit: EXAMPLE_LIMIT,
      show: async ({ params, caller, request: { locale }, formErrors, formValues }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        return showAccess(deps, { client, locale, values: formValues, errors: formErrors });
      },
      submit: async ({ params, caller, request: { locale }, formValues }) => {
        const client = await clients.findManaged({ ...params, manager: caller });
        const model = await accessModel(deps, { client, locale, values: formValues });
        return showUnsaved(permissionsPage, model);
      },
    }),
  ];
}

async function showAccess(deps: ClientRoutesDeps, input: ShowInput): Promise<PageResult> {
  return render(permissionsPage, await accessModel(deps, input));
}

async function accessModel(
  { scopes, renderConsentExample, languages }: ClientRoutesDeps,
  { client, locale, values: typed, errors }: ShowInput,
) {
  const catalogue = await scopes.catalogue();
  const values = typed ?? storedValues(client, catalogue);
  const wanted = values['exampleLocale'];
  const exampleLocale = languages.installed.find((known) => known === wanted) ?? locale;
  const example = hasSignIn(client.applicationType)
    ? await renderConsentExample(withChoice(client, values, catalogue), exampleLocale)
    : null;
  return permissionsModel({
    client,
    catalogue,
    locale,
    values,
    errors: errors ?? {},
    example,
    exampleLocale,
    // Its button was pressed: the typed fields are shown, and no error.
    isExampleOpen: typed !== undefined && errors === undefined,
    installed: languages.installed,
  });
}

/** The app with a choice that is not saved. */
function withChoice(client: Client, values: FormValues, catalogue: Catalogue): Client {
  const choice = choiceIn(values, orderOf(client, catalogue));
  const requests = choice.requests.map((request) => ({ ...request, purposeVersion: 0 }));
  return { ...client, requests, scopes: scopesOfChoice(client, choice, catalogue) };
}

function orderOf(client: Client, catalogue: Catalogue): readonly string[] {
  return hasSignIn(client.applicationType) ? claimOrder(client, catalogue) : [];
}
