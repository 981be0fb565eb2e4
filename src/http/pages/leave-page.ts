import { page } from './page.ts';

interface LeaveModel {
  /** The target of the link: an absolute address outside this site. */
  readonly location: string;
  /** Name of the app behind the address; the host when there is none. */
  readonly name: string;
  /** Host of the address, or the scheme of an app on the device. */
  readonly host: string;
  readonly isOnDevice: boolean;
}

/** The page between a form of ours and another site. Most browsers continue before they show it. */
export const leavePage = page<LeaveModel>('common/leave.njk');

// A registration refuses them already; a link or a `Refresh` to one of them would run it here.
const NEVER = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:']);

/**
 * The model of the page, with the address as a `Refresh` header needs it: ASCII, without line ends.
 * @throws Error for an address that is not absolute or that a browser would run or open as a local file.
 */
export function describeLeave(location: string, name: string | null): LeaveModel {
  const url = new URL(location);
  if (NEVER.has(url.protocol)) throw new Error(`a page tried to lead to a ${url.protocol} address`);
  const isOnDevice = url.host === '' || !/^https?:$/.test(url.protocol);
  const host = isOnDevice ? url.protocol.slice(0, -1) : url.host;
  return { location: url.href, name: name ?? host, host, isOnDevice };
}
