import { NO_USERNAME } from '../client-preset.ts'
import type { Literals } from '../values.ts'

/** What Gitea and Forgejo, which began as its copy, have in common. */
export const forgeRegistration = ({ url }: { url: string }) => ({
  redirectUris: [`${url}/user/oauth2/gatehouse/callback`],
})

export function forgeCommand(program: 'gitea' | 'forgejo', value: Literals): string {
  return `
        ${program} admin auth add-oauth \\
          --name gatehouse \\
          --provider openidConnect \\
          --key ${value.clientId} \\
          --secret ${value.secret} \\
          --auto-discover-url ${value.discovery} \\
          --scopes ${value.scopes} \\
          --group-claim-name roles \\
          --admin-group superuser
  `
}

export const forgeAccounts = {
  where: 'app.ini, to create accounts at the first sign-in',
  language: 'ini',
  text: () => `
        [oauth2_client]
        ENABLE_AUTO_REGISTRATION = true
        USERNAME = preferred_username
        ACCOUNT_LINKING = login
  `,
} as const

export const FORGE_ROLES =
  '`--group-claim-name` reads the claim `roles` at each sign-in. People with the role of `--admin-group` become administrators. `--required-claim-name roles --required-claim-value staff` admits only people with a role, and `--group-team-map` maps roles to teams.'

export const FORGE_TROUBLES = [
  {
    symptom: 'the page about `redirect_uri`',
    cause: 'the authentication source has another name than `gatehouse`, or `ROOT_URL` is wrong',
    remedy: 'The redirect URI is `ROOT_URL/user/oauth2/NAME/callback`, in the spelling of the name.',
  },
  NO_USERNAME,
  {
    symptom: 'people can’t sign in to an account that existed before',
    cause: '`ACCOUNT_LINKING = login` asks for the password of that account once',
    remedy: 'Enter it. `auto` links by email, which is only safe if every email is verified.',
  },
]
