/** logout-notices: sign-outs that apps are notified of, their delivery, and the list for developers. */
export { createLogoutNotices } from './create-logout-notices.ts';
export { logoutNoticesJobs } from './logout-notices-jobs.ts';
