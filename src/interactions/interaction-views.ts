import { page } from '../http/pages/page.ts';
import type { FormErrors } from '../http/routing/page-route.ts';
import type {
  NewPasswordRules,
  PasskeyCreation,
  PasskeyRequest,
  RequestedCode,
  SecondStepMethods,
} from '../authentication/index.ts';
import { type Client, logoHref } from '../clients/index.ts';
import type { AddressClaim } from '../scopes/index.ts';
import type { OpenInteraction } from './open-interaction.ts';
import type { phoneForm } from '../vault/http.ts';

/** The app that started the interaction; pages do not present our own console as an app. */
interface AppOnPage {
  readonly name: string;
  /** The address of its logo; null without one. */
  readonly logo: string | null;
  readonly host: string;
  readonly isOwn: boolean;
}

/** The members of every page between `/auth` and its answer. */
export interface InteractionFrame {
  readonly uid: string;
  readonly app: AppOnPage;
}

export interface SignInModel extends InteractionFrame {
  /** The name is typed first, then the password. */
  readonly step: 'name' | 'password';
  /** The person wants to stay signed in. */
  readonly isRemembered: boolean;
  /** An e-mail, phone number or username. */
  readonly identifier: string;
  /** The reason for which the page requests a password. */
  readonly purpose: 'sign_in' | 'fresh_proof' | 'switch';
  /** The sign-in can also continue with the account that is signed in. */
  readonly canStay: boolean;
  /** For a sign-in with any passkey of this site. */
  readonly passkey: PasskeyRequest;
  readonly formErrors: FormErrors | null;
}

export interface RegisterModel extends InteractionFrame {
  /** Null: the page has no such field. */
  readonly username: string | null;
  readonly isUsernameRequired: boolean;
  readonly email: string;
  readonly name: string;
  readonly rules: NewPasswordRules;
  readonly formErrors: FormErrors | null;
}

export interface CodeModel extends InteractionFrame {
  /** The address to which the message was sent. */
  readonly address: string;
  readonly purpose: RequestedCode['purpose'];
  /** Names the registration, sign-in or reset; unguessable. */
  readonly reference: string;
  /** A code can be entered; otherwise it is too old, and a new one has to be requested. */
  readonly isWaiting: boolean;
  /** The person looked whether the link in the mail has been used: it has not. */
  readonly isNotYet: boolean;
  /** The rules for the new password of a reset. */
  readonly rules: NewPasswordRules;
  readonly formErrors: FormErrors | null;
}

export interface ForgotModel extends InteractionFrame {
  /** An e-mail or phone number. */
  readonly identifier: string;
  /** Codes can go to phones. */
  readonly hasSms: boolean;
  readonly formErrors: FormErrors | null;
}

interface RestoreModel extends InteractionFrame {
  /** Until then the account can be restored. */
  readonly purgeAt: Date;
}

interface SecondStepModel extends InteractionFrame {
  /** A code of the authenticator app, or a recovery code. */
  readonly step: 'code' | 'recovery';
  readonly methods: SecondStepMethods;
  readonly formErrors: FormErrors | null;
}

interface PasskeyStepModel extends InteractionFrame {
  readonly passkey: PasskeyRequest;
  readonly methods: SecondStepMethods;
}

interface PasskeyOfferModel extends InteractionFrame {
  readonly creation: PasskeyCreation;
}

export interface EndedModel {
  /** `unknown`: this browser never had it, or it ended a day ago. */
  readonly reason: 'answered' | 'expired' | 'unknown';
  /** `href`: where the app can be opened; null: not known. */
  readonly app: {
    readonly name: string;
    readonly href: string | null;
    readonly host: string;
  } | null;
  /** The path of the account page with the values that the app can read; null without such a page. */
  readonly seenHref: string | null;
}

interface ChooseModel extends InteractionFrame {
  readonly signedInAs: string;
}

interface AddAddressModel extends InteractionFrame {
  readonly claim: AddressClaim;
  /** Addresses that were added before and are not confirmed. */
  readonly waiting: readonly { readonly id: string; readonly address: string }[];
  readonly value: string;
  /** Countries of a phone number, and the selected one; null for an e-mail. */
  readonly phone: ReturnType<typeof phoneForm> | null;
  readonly formErrors: FormErrors | null;
}

interface ConfirmAddressModel extends InteractionFrame {
  readonly claim: AddressClaim;
  readonly attributeId: string;
  readonly address: string;
  readonly formErrors: FormErrors | null;
}

interface AddPictureModel extends InteractionFrame {
  readonly formErrors: FormErrors | null;
}

interface AddUsernameModel extends InteractionFrame {
  /** An app requests it; otherwise every account of this installation has one. */
  readonly isForConsent: boolean;
  readonly value: string;
  readonly formErrors: FormErrors | null;
}

/** A picture or a username, before the sign-in continues. */
export const addPicturePage = page<AddPictureModel>('interactions/add-picture.njk');
export const addUsernamePage = page<AddUsernameModel>('interactions/add-username.njk');
/** An e-mail or phone number that the app needs, before the decision about the app. */
export const addAddressPage = page<AddAddressModel>('interactions/add-address.njk');
export const confirmAddressPage = page<ConfirmAddressModel>('interactions/confirm-address.njk');
export const signInPage = page<SignInModel>('interactions/sign-in.njk');
export const secondStepPage = page<SecondStepModel>('interactions/second-step.njk');
export const passkeyStepPage = page<PasskeyStepModel>('interactions/second-step-passkey.njk');
/** Offers a passkey to a person who has just signed in with a password. */
export const passkeyOfferPage = page<PasskeyOfferModel>('interactions/passkey-offer.njk');
export const registerPage = page<RegisterModel>('interactions/register.njk');
export const confirmPage = page<CodeModel>('interactions/confirm.njk');
export const forgotPage = page<ForgotModel>('interactions/forgot.njk');
/** A code in place of a password. */
export const codePage = page<ForgotModel>('interactions/code.njk');
export const resetPage = page<CodeModel>('interactions/reset.njk');
export const choosePage = page<ChooseModel>('interactions/choose.njk');
/** An interaction that has been answered, or has expired. */
export const endedPage = page<EndedModel>('interactions/ended.njk');
export const restorePage = page<RestoreModel>('interactions/restore.njk');
export const landingPage = page<{ readonly signInUrl: string; readonly registerUrl: string }>(
  'interactions/landing.njk',
);

/** The frame of an interaction's pages. */
export function frameOf(interaction: OpenInteraction): InteractionFrame {
  const { client, parameters, uid } = interaction;
  return { uid, app: presentApp(client, parameters.redirect_uri) };
}

function presentApp(client: Client, redirectUri: string): AppOnPage {
  return {
    name: client.name,
    logo: logoHref(client),
    host: hostOf(redirectUri),
    isOwn: client.isFirstParty,
  };
}

/** Host in its ASCII form, so that a look-alike in another script can be recognised. */
export function hostOf(uri: string): string {
  const url = new URL(uri);
  return url.host === '' ? url.protocol.replace(/:$/, '') : url.host;
}
