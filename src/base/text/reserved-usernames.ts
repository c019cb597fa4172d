/**
 * Usernames that are reserved because people or programs could mistake them for an administrator, the service itself,
 * or one of its pages. Separators are ignored: `ad-min` is reserved like `admin`.
 */
export const RESERVED_USERNAMES: readonly string[] = [
  // Administrators.
  ...['admin', 'admins', 'administrator', 'administrators', 'administration', 'root', 'superuser', 'superadmin'],
  ...['sysadmin', 'sysop', 'sudo', 'operator', 'operators', 'owner', 'owners', 'moderator', 'moderators', 'mod'],
  ...['mods', 'staff', 'team', 'official', 'manager', 'management', 'devops', 'ghost', 'bot', 'wheel', 'daemon'],
  'system',
  ...['админ', 'администратор', 'администрация', 'модератор', 'оператор', 'поддержка', 'безопасность', 'система'],
  // Mailboxes of the service (RFC 2142).
  ...['abuse', 'billing', 'contact', 'feedback', 'ftp', 'help', 'helpdesk', 'hostmaster', 'info', 'legal', 'mail'],
  ...['mailerdaemon', 'marketing', 'news', 'noc', 'noreply', 'donotreply', 'postmaster', 'press', 'privacy', 'sales'],
  ...['security', 'service', 'services', 'support', 'trust', 'usenet', 'uucp', 'webmaster', 'www'],
  // Placeholders.
  ...['all', 'anonymous', 'anybody', 'anyone', 'default', 'deleted', 'everybody', 'everyone', 'false', 'guest', 'here'],
  ...['me', 'nil', 'nobody', 'none', 'null', 'public', 'self', 'somebody', 'someone', 'subscriber', 'test', 'true'],
  ...['undefined', 'unknown', 'user', 'username', 'users', 'you'],
  // This service and its pages.
  ...['gatehouse', 'about', 'account', 'accounts', 'api', 'assets', 'auth', 'authorize', 'backchannellogout'],
  ...['callback', 'canceldeletion', 'cancelfactorreset', 'changeemail', 'changepassword', 'client', 'clients'],
  ...['confirm', 'connect', 'consent', 'console', 'dashboard', 'device', 'docs', 'explore', 'favicon', 'federation'],
  ...['forgot', 'forgotpassword', 'group', 'groups', 'health', 'healthz', 'home', 'idp', 'impersonation'],
  ...['interaction', 'introspection', 'jwks', 'link', 'links', 'login', 'logout', 'mailbox', 'metrics', 'new', 'oauth'],
  ...['oauth2', 'oidc', 'openid', 'password', 'profile', 'project', 'projects', 'provider', 'providers', 'readyz'],
  ...['recover', 'register', 'registration', 'reportcompromise', 'request', 'reset', 'resetfactors', 'resetpassword'],
  ...['revocation', 'robots', 'search', 'session', 'sessions', 'settings', 'setup', 'signedout', 'signin', 'signout'],
  ...['signup', 'sso', 'static', 'status', 'token', 'tokens', 'undo', 'undoemailchange', 'userinfo', 'verify'],
  ...['verifyemail', 'wellknown', 'wiki'],
]
