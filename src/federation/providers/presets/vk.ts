import type { Preset } from '../preset.ts'

/**
 * VK ID, OAuth 2.1 of its own kind; https://id.vk.ru/about/business/go/docs/ru/vkid/latest/vk-id/connection/api-integration/api-description
 * Its ID token is of its own kind too, and not looked at.
 */
export const vk: Preset = {
  kind: 'vk',
  title: 'VK ID',
  protocol: 'oauth2',
  issuer: null,
  endpoints: {
    authorization: 'https://id.vk.ru/authorize',
    token: 'https://id.vk.ru/oauth2/auth',
    userinfo: 'https://id.vk.ru/oauth2/user_info',
  },
  scopes: ['vkid.personal_info', 'email'],
  mapping: {
    subject: 'user.user_id',
    email: 'user.email',
    // What it calls `verified` is the profile, not the address.
    emailVerified: 'never',
    profile: { given_name: 'user.first_name', family_name: 'user.last_name', picture: 'user.avatar' },
  },
  authentication: 'client_secret_post',
  responseMode: null,
  // It knows RFC 7636 by this name alone.
  parameters: { code_challenge_method: 's256' },
  quirks: {
    apiAuthentication: 'form',
    tokenRequestParameters: ['device_id', 'state'],
    reauthentication: { prompt: 'login' },
  },
  secretOptional: true,
  settings: {},
  console: 'https://id.vk.ru/about/business/go',
  steps: [
    'Under “Мои приложения” press “Добавить приложение”, enter a name and choose the platform “Web”.',
    'Enter as “Базовый домен”: {host}',
    'Enter as “Доверенный Redirect URL”: {redirectUri}',
    'Under “Доступы” switch on “Почта” beside what is on already; the phone number is not needed.',
    'Copy “ID приложения”: it is the client ID. No secret is needed: PKCE stands in its place.',
  ],
}
