/** Under which heading a setting is documented. */
export type SettingGroup =
  'Server' | 'Storage' | 'Secrets' | 'Mail' | 'SMS' | 'Accounts' | 'Lifetimes' | 'Limits' | 'Pages';
