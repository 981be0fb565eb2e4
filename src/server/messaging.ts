import {
  createMailRenderer,
  createSmsRenderer,
  MAIL_TEMPLATES,
  openOwnMailTemplates,
  type MailRenderer,
  type OwnMailTemplates,
  tryOwnMailTemplates,
} from '../authentication/http.ts';
import type { PartialConfig } from '../config/config.ts';
import { type HttpKit, VIEWS_FOLDER } from '../http/http-kit.ts';
import { createMessageDelivery } from '../messaging/deliver-message.ts';
import {
  createSmtpTransport,
  describeMail,
  type RenderedMail,
} from '../messaging/mail-transport.ts';
import { MAIL, type Message, SMS } from '../messaging/message.ts';
import type { MessageTransport } from '../messaging/message-transport.ts';
import { createOutboxTransport } from '../messaging/outbox.ts';
import { createHttpSmsTransport, describeSms } from '../messaging/sms-transport.ts';
import type { ImageEncoder } from '../platform/blobs/image-encoder.ts';
import type { Clock } from '../platform/clock.ts';
import { encodeServiceLogo } from './service-logo.ts';
import type { Connected } from './services.ts';

/** The delivery of mails and text messages, beside the requests. */
export async function createMessaging(connected: Connected, kit: HttpKit) {
  const { config } = connected;
  const renderMail = await createBrandedMailRenderer(connected, kit);
  const renderSms = createSmsRenderer({ ...kit, origin: config.issuer });
  const deliveries = [
    createMessageDelivery({
      ...connected,
      channel: MAIL,
      transport: mailTransport(connected),
      render: async (message) => renderMail(message, await findLogo(connected, message)),
    }),
    createMessageDelivery({
      ...connected,
      channel: SMS,
      transport: smsTransport(connected),
      render: renderSms,
    }),
  ];
  return {
    renderMail,
    renderSms,
    jobs: deliveries.flatMap(({ jobs }) => jobs),
    close: () => {
      for (const delivery of deliveries) delivery.close();
    },
  };
}

export type Messaging = Awaited<ReturnType<typeof createMessaging>>;

interface MailRenderingDeps {
  readonly config: PartialConfig;
  readonly clock: Clock;
  readonly images: Pick<ImageEncoder, 'encodeSquares'>;
}

/**
 * The renderer of mails, with the logo and the templates of the operator.
 * @throws AppError `mail_templates_invalid` when a template cannot be rendered, `brand_logo_unreadable` when the logo cannot
 * be decoded.
 */
export async function createBrandedMailRenderer(
  { config, clock, images }: MailRenderingDeps,
  kit: HttpKit,
): Promise<MailRenderer> {
  const rendering = {
    ...kit,
    clock,
    origin: config.issuer,
    own: openTemplates(config, kit),
    serviceLogo: await encodeServiceLogo(images, config.brand),
  };
  tryOwnMailTemplates(rendering);
  return createMailRenderer(rendering);
}

function openTemplates(config: PartialConfig, kit: HttpKit): OwnMailTemplates | null {
  const { templatesFolder: folder } = config.mail;
  if (folder === null) return null;
  return openOwnMailTemplates({
    folder,
    templates: kit.templatesIn([folder, `${VIEWS_FOLDER}/mail`]),
    mails: MAIL_TEMPLATES,
    locales: kit.translator.languages.installed,
  });
}

/** The logo of the app that a mail is about, as PNG. */
async function findLogo({ clients }: Connected, { values }: Message): Promise<Buffer | null> {
  const { clientId } = values;
  const client = clientId === undefined ? null : await clients.find(String(clientId));
  return client === null || client.logo === null ? null : clients.readLogo(client.logo, 'png');
}

/** SMTP when it is configured, else the outbox page and the log. */
function mailTransport({ config, log }: Connected): MessageTransport<RenderedMail> {
  const { smtpUrl, from } = config.mail;
  const host = new URL(config.issuer).hostname;
  if (smtpUrl !== null) return createSmtpTransport({ url: smtpUrl, from, host });
  return createOutboxTransport({
    logger: log,
    pageUrl: `${config.issuer}/outbox`,
    describe: describeMail,
  });
}

/** The provider when one is configured, else the outbox page and the log. */
function smsTransport({ config, log }: Connected): MessageTransport<string> {
  const { url, ...settings } = config.sms;
  if (url !== null) return createHttpSmsTransport({ url, ...settings });
  return createOutboxTransport({
    logger: log,
    pageUrl: `${config.issuer}/outbox`,
    describe: describeSms,
  });
}
