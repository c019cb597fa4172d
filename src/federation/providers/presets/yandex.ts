import type { Preset } from '../preset.ts'

/** Yandex ID; https://yandex.ru/dev/id/doc/en/user-information */
export const yandex: Preset = {
  kind: 'yandex',
  title: 'Yandex',
  protocol: 'oauth2',
  issuer: null,
  endpoints: {
    authorization: 'https://oauth.yandex.ru/authorize',
    token: 'https://oauth.yandex.ru/token',
    userinfo: 'https://login.yandex.ru/info?format=json',
  },
  scopes: ['login:info', 'login:email'],
  mapping: {
    subject: 'id',
    email: 'default_email',
    // Its documentation does not say that anybody has proven it.
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
  authentication: 'client_secret_basic',
  responseMode: null,
  parameters: {},
  quirks: { apiAuthentication: 'OAuth', reauthentication: { force_confirm: 'yes' } },
  secretOptional: false,
  settings: {},
  console: 'https://oauth.yandex.ru/client/new/id/',
  steps: [
    'Sign in with the Yandex account that shall own the application, and choose “For user authorization” (“Для авторизации пользователей”).',
    'Enter the name of your service, an icon and a contact e-mail; continue.',
    'Choose the platform “Web services” (“Веб-сервисы”) and enter as Redirect URI: {redirectUri}',
    'Enter as Suggest Hostname: {origin}',
    'Under data access allow “Login, first name, last name, and gender” (login:info) and “Email address” (login:email).',
    'Create the application, and copy “ClientID” and “Client secret”.',
  ],
}
