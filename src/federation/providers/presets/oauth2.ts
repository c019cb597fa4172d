import { type Preset, USUAL } from '../preset.ts'

const OAUTH2 = { ...USUAL, protocol: 'oauth2', authentication: 'client_secret_basic' } satisfies Partial<Preset>

/** Presets of providers that identify people through an API of their own, in the order in which they are listed. */
export const OAUTH2_PRESETS = {
  /** https://yandex.ru/dev/id/doc/en/user-information */
  yandex: {
    ...OAUTH2,
    title: 'Yandex',
    endpoints: {
      authorization: 'https://oauth.yandex.ru/authorize',
      token: 'https://oauth.yandex.ru/token',
      userinfo: 'https://login.yandex.ru/info?format=json',
    },
    scopes: ['login:info', 'login:email'],
    mapping: {
      subject: 'id',
      email: 'default_email',
      // Its documentation does not say that the address is verified.
      emailVerified: 'never',
      profile: {
        name: 'real_name',
        given_name: 'first_name',
        family_name: 'last_name',
        nickname: 'display_name',
        preferred_username: 'login',
        gender: 'sex',
        birthdate: 'birthday',
      },
    },
    quirks: { apiAuthentication: 'OAuth', reauthentication: { force_confirm: 'yes' } },
    console: 'https://oauth.yandex.ru/client/new/id/',
    steps: [
      'Sign in with the Yandex account that will own the application, and choose “For user authorization” (“Для авторизации пользователей”).',
      'Enter the name of your service, an icon and a contact email, and continue.',
      'Choose the platform “Web services” (“Веб-сервисы”) and enter as Redirect URI: {redirectUri}',
      'Enter as Suggest Hostname: {origin}',
      'Under data access allow “Login, first name, last name, and gender” (login:info) and “Email address” (login:email).',
      'Create the application, and copy “ClientID” and “Client secret”.',
    ],
  },
  /**
   * OAuth 2.1; https://id.vk.ru/about/business/go/docs/ru/vkid/latest/vk-id/connection/api-integration/api-description
   * Its ID token does not follow OpenID Connect and is ignored.
   */
  vk: {
    ...OAUTH2,
    title: 'VK ID',
    endpoints: {
      authorization: 'https://id.vk.ru/authorize',
      token: 'https://id.vk.ru/oauth2/auth',
      userinfo: 'https://id.vk.ru/oauth2/user_info',
    },
    scopes: ['vkid.personal_info', 'email'],
    mapping: {
      subject: 'user.user_id',
      email: 'user.email',
      // Its `verified` is about the profile, not the address.
      emailVerified: 'never',
      profile: { given_name: 'user.first_name', family_name: 'user.last_name', picture: 'user.avatar' },
    },
    authentication: 'client_secret_post',
    // Its spelling of S256 (RFC 7636).
    parameters: { code_challenge_method: 's256' },
    quirks: {
      apiAuthentication: 'form',
      tokenRequestParameters: ['device_id', 'state'],
      reauthentication: { prompt: 'login' },
    },
    secretOptional: true,
    console: 'https://id.vk.ru/about/business/go',
    steps: [
      'Under “Мои приложения” press “Добавить приложение”, enter a name and choose the platform “Web”.',
      'Enter as “Базовый домен”: {host}',
      'Enter as “Доверенный Redirect URL”: {redirectUri}',
      'Under “Доступы” switch on “Почта”, and leave the rest as it is; the phone number is not needed.',
      'Copy “ID приложения”, which is the client ID. No secret is needed: PKCE replaces it.',
    ],
  },
  /** https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps */
  github: {
    ...OAUTH2,
    title: 'GitHub',
    // https://docs.github.com/en/apps/github-authentication-discovery-endpoints
    issuer: 'https://github.com/login/oauth',
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      userinfo: 'https://api.github.com/user',
      emails: 'https://api.github.com/user/emails',
    },
    scopes: ['read:user', 'user:email'],
    mapping: {
      subject: 'id',
      email: 'email',
      emailVerified: { claim: 'email_verified', values: [true] },
      profile: {
        ...{ name: 'name', preferred_username: 'login', picture: 'avatar_url' },
        ...{ profile: 'html_url', website: 'blog' },
      },
    },
    authentication: 'client_secret_post',
    quirks: { reauthentication: { prompt: 'select_account' } },
    console: 'https://github.com/settings/developers',
    steps: [
      'Under “OAuth Apps”, press “New OAuth app”. (For an organisation: its settings, “Developer settings”, “OAuth Apps”.)',
      'Enter a name, and as “Homepage URL”: {origin}',
      'Enter as “Authorization callback URL”: {redirectUri}',
      'Leave “Enable Device Flow” off, and press “Register application”.',
      'Copy the “Client ID”, press “Generate a new client secret” and copy the secret; it is shown only once.',
    ],
  },
  /** https://docs.discord.com/developers/topics/oauth2 */
  discord: {
    ...OAUTH2,
    title: 'Discord',
    // https://discord.com/.well-known/oauth-authorization-server
    issuer: 'https://discord.com',
    endpoints: {
      authorization: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      userinfo: 'https://discord.com/api/v10/users/@me',
    },
    scopes: ['identify', 'email'],
    mapping: {
      subject: 'id',
      email: 'email',
      emailVerified: { claim: 'verified', values: [true] },
      // Its `avatar` is a hash, not a URL.
      profile: { name: 'global_name', preferred_username: 'username', locale: 'locale' },
    },
    console: 'https://discord.com/developers/applications',
    steps: [
      'Press “New Application” and enter a name, which people see when they are asked for permission.',
      'Open “OAuth2”, press “Add Redirect” and enter: {redirectUri}',
      'Press “Save Changes”.',
      'Copy the “Client ID”, press “Reset Secret” and copy the “Client Secret”; it is shown only once.',
    ],
  },
  /** Any OAuth 2.0 provider with an API that describes the person in JSON. */
  oauth2: {
    ...OAUTH2,
    title: 'OAuth 2.0',
    scopes: [],
    // Only its operator knows whether its addresses are verified.
    mapping: { subject: 'id', email: 'email', emailVerified: 'never', profile: { name: 'name' } },
    secretOptional: true,
    console: null,
    steps: [
      'Register an application (client) for the authorization code flow at your provider.',
      'Give it this redirect URI: {redirectUri}',
      'Look up its authorization, token and user endpoints, and what its user endpoint responds.',
    ],
  },
} satisfies Record<string, Preset>
