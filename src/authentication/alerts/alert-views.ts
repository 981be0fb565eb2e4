import { page } from '../../http/pages/page.ts';
import type { AlertDescription } from './disown-event.ts';

interface AlertModel extends AlertDescription {
  /** The random value in the link. */
  readonly link: string;
}

/** The event of a mail, with the button that reports it. */
export const alertPage = page<AlertModel>('authentication/alert.njk');

/** A link that is not valid. */
export const deadAlertPage = page('authentication/alert-dead.njk');
