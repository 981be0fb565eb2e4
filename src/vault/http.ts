export { ValueBody, valueOf } from './attributes/attribute-schema.ts';
export { attributeRoutes } from './attributes/attribute-routes.ts';
export { avatarPageRoutes } from './avatars/avatar-page-routes.ts';
export { avatarRoutes } from './avatars/avatar-routes.ts';
export { PICTURE_FIELD, pictureOf } from './avatars/picture-upload.ts';
export { cancelPath, forApp, ForAppQuery, leadBack } from './profile/for-app-views.ts';
export { profileRoutes } from './profile/profile-routes.ts';
export { phoneForm } from './profile/phone-form-views.ts';
export { addHref, confirmHref } from './profile/profile-views.ts';
export { removeValueRoutes } from './profile/remove-value-routes.ts';
export { recordPageRoutes } from './records/record-page-routes.ts';
export { accountRecordRoutes } from './records/record-routes.ts';
export {
  expectedOf,
  jsonOf,
  NamespaceParams,
  orPreconditionFailed,
  readRecordPage,
  RecordBody,
  RecordPage,
  RecordPageQuery,
  RecordParams,
  RecordView,
  withEtag,
} from './records/record-schema.ts';
export { usernameRoutes } from './usernames/username-routes.ts';
