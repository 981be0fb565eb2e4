import type { Context, Middleware } from 'koa';

import { AppError, isAppError } from '../../platform/app-error.ts';
import { noteFailure } from '../../platform/request-context.ts';
import { ensureDevice } from '../arrival/ingress.ts';
import { type FileField, type MultipartForm, readMultipart } from '../bodies/multipart-form.ts';
import { type FormFields, parseFields, readForm } from '../bodies/request-body.ts';
import { CSRF_FIELD } from '../csrf.ts';
import { describeFailure } from '../http-error.ts';
import type { PageResult } from '../pages/page-result.ts';
import { isolateWindow } from '../security-headers.ts';
import { sessionOf } from './access.ts';
import { type HandlerDeps, requestOf } from './api-handler.ts';
import type { SessionCaller } from './caller.ts';
import {
  compileForm,
  compileLooseQuery,
  compileParams,
  type InputCheck,
} from './input-validation.ts';
import type { PageRouteDefinition } from './page-route.ts';
import { limitAccount, limitAddress } from './rate-limit.ts';
import type { FormErrors } from './route-types.ts';

type ErasedHandle = (input: object) => Promise<PageResult>;

const FORM_ERROR_STATUS = 422;
const NO_FORM: MultipartForm = { fields: {}, file: null };

/** Turns a page route into middleware: limit, prove (posts), identify, allow, decode, handle, send. */
export function createPageHandler(route: PageRouteDefinition, deps: HandlerDeps): Middleware {
  const { kit, authenticateRequest, rateLimiter } = deps;
  const checkParams = compileParams(route.params, 'page_not_found');
  const checkQuery = compileLooseQuery(route.query);
  const checkForm = route.form === undefined ? undefined : compileForm(route.form);
  const limited = { name: `${route.method} ${route.path}`, limit: route.limit };
  const handle = route.handle as ErasedHandle;

  return async (ctx) => {
    ctx.state['routePattern'] = route.path;
    if (route.access !== 'public') isolateWindow(ctx);
    const addressLimit = await limitReached(route, limitAddress(rateLimiter, ctx, limited));
    const sent = route.method === 'post' ? await readProvenForm(ctx, deps, route.file) : NO_FORM;
    const session = sessionOf(await authenticateRequest.identify(ctx));
    const detour = signInDetour(route, ctx, { session, deps });
    if (detour !== undefined) return kit.pages.send(ctx, detour);
    const caller = session ?? ({ kind: 'anonymous' } as const);
    const limit =
      addressLimit ?? (await limitReached(route, limitAccount(rateLimiter, caller, limited)));
    ensureDevice(ctx, kit.cookies);
    const input = {
      params: checkParams({ ...(ctx['params'] as object) }),
      query: orNotFound(checkQuery, parseFields(ctx.querystring)),
      caller,
      request: requestOf(ctx, kit),
      file: sent.file,
      ctx,
      formValues: sent.fields,
    };
    const outcome =
      limit === null
        ? await runHandler(handle, input, decodeForm(checkForm, sent.fields))
        : await showAgain(handle, input, limit);
    const viewer = session === null ? null : await kit.describeViewer(session);
    ctx.set(outcome.headers);
    const { retryAfterSeconds: wait } = outcome;
    const retryAt =
      wait === null ? null : new Date(kit.settings.clock.now().getTime() + wait * 1_000);
    const isRefused = route.isFormPage === true && outcome.status !== 200;
    const options = { viewer, defaultStatus: outcome.status, retryAt, isRefused };
    kit.pages.send(ctx, outcome.result, options);
  };
}

async function readProvenForm(
  ctx: Context,
  { kit }: HandlerDeps,
  fileField: FileField | undefined,
): Promise<MultipartForm> {
  const sent =
    fileField === undefined
      ? { fields: await readForm(ctx.req), file: null }
      : await readMultipart(ctx.req, fileField);
  const { [CSRF_FIELD]: token, ...fields }: FormFields = sent.fields;
  if (!kit.csrf.isProven(ctx, typeof token === 'string' ? token : undefined)) {
    throw new AppError('forbidden', 'form_expired');
  }
  return { fields, file: sent.file };
}

/** The address for a person who has to sign in, or to prove their identity again, before this page. */
function signInDetour(
  route: PageRouteDefinition,
  ctx: Context,
  { session, deps }: { readonly session: SessionCaller | null; readonly deps: HandlerDeps },
): PageResult | undefined {
  if (route.access === 'public') return undefined;
  const next = `${ctx.path}${ctx.search}`;
  const signIn = (options: { readonly prompt?: 'login' }): PageResult => ({
    kind: 'redirect',
    location: deps.authenticateRequest.signInUrl(ctx, { next, ...options }),
    flash: undefined,
  });
  if (session === null) return signIn({});
  if (route.access === 'administrator' && !session.isAdministrator) {
    throw new AppError('forbidden', 'forbidden');
  }
  if (route.freshSeconds === undefined) return undefined;
  const provenAt = session.authenticatedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  const age = (deps.kit.settings.clock.now().getTime() - provenAt) / 1_000;
  return age > route.freshSeconds ? signIn({ prompt: 'login' }) : undefined;
}

interface DecodedForm {
  readonly form: unknown;
  readonly formErrors: FormErrors | null;
}

function decodeForm(check: InputCheck | undefined, fields: FormFields): DecodedForm {
  if (check === undefined) return { form: null, formErrors: null };
  try {
    return { form: check({ ...fields }), formErrors: null };
  } catch (error) {
    return { form: null, formErrors: errorsOf(error) };
  }
}

interface Outcome {
  readonly result: PageResult;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | null;
}

async function runHandler(
  handle: ErasedHandle,
  input: object,
  decoded: DecodedForm,
): Promise<Outcome> {
  if (decoded.formErrors !== null) return refused(await handle({ ...input, ...decoded }));
  try {
    return accepted(await handle({ ...input, ...decoded }));
  } catch (error) {
    if (decoded.form === null) throw error;
    return showAgain(handle, input, error);
  }
}

/** The limit that this request reached. A form is shown again with the typed values; any other page becomes the error page. */
async function limitReached(
  route: PageRouteDefinition,
  counting: Promise<void>,
): Promise<AppError | null> {
  try {
    await counting;
    return null;
  } catch (error) {
    if (route.form === undefined || !isAppError(error, 'rate_limited')) throw error;
    return error;
  }
}

/**
 * Calls the handler again with the failure as errors of its form.
 * @throws the failure if the handler returns no page.
 */
async function showAgain(handle: ErasedHandle, input: object, error: unknown): Promise<Outcome> {
  const formErrors = errorsOf(error);
  const { status, code, headers } = describeFailure(error);
  noteFailure({ level: 'info', fields: { code } });
  const result = await handle({ ...input, form: null, formErrors });
  // RFC 6585 §4, RFC 9110 §15.6.4: `Retry-After` is sent with pages, too.
  if (status !== 429 && status !== 503) return refused(result);
  if (result.kind !== 'render') throw error;
  const retryAfterSeconds = Number(headers['Retry-After']) || null;
  return { result: { ...result, status }, status, headers, retryAfterSeconds };
}

function accepted(result: PageResult): Outcome {
  return { result, status: 200, headers: {}, retryAfterSeconds: null };
}

function refused(result: PageResult): Outcome {
  return { result, status: FORM_ERROR_STATUS, headers: {}, retryAfterSeconds: null };
}

const WORTH_WAITING = new Set(['busy', 'change_in_progress']);

// Only errors that the person can correct in this form, or by waiting; all others become the error page.
function errorsOf(error: unknown): FormErrors {
  if (!(error instanceof AppError)) throw error;
  if (error.fields !== undefined) return error.fields;
  const isWorthWaiting = error.kind === 'too_many' || WORTH_WAITING.has(error.code);
  if (error.kind === 'invalid' || isWorthWaiting) return { form: error.code };
  throw error;
}

function orNotFound(check: InputCheck, value: unknown): unknown {
  try {
    return check(value);
  } catch (cause) {
    throw new AppError('not_found', 'page_not_found', { cause });
  }
}
