import type { Literals } from '../values.ts'

/**
 * Flask-AppBuilder, the user management of Airflow and Superset, reads people only from providers that it knows by name.
 * For others it needs a security manager of its own.
 */
export function flaskAppBuilder(
  value: Literals,
  { manager, admin, everyone }: { manager: string; admin: string; everyone: string },
): string {
  return `AUTH_TYPE = AUTH_OAUTH
        AUTH_USER_REGISTRATION = True
        AUTH_USER_REGISTRATION_ROLE = '${everyone}'
        AUTH_ROLES_SYNC_AT_LOGIN = True
        AUTH_ROLES_MAPPING = {'superuser': ['${admin}']}
        OAUTH_PROVIDERS = [
            {
                'name': 'gatehouse',
                'icon': 'fa-key',
                'token_key': 'access_token',
                'remote_app': {
                    'client_id': ${value.clientId},
                    'client_secret': ${value.secret},
                    'server_metadata_url': ${value.discovery},
                    'client_kwargs': {
                        'scope': ${value.scopes},
                        'code_challenge_method': 'S256',
                    },
                },
            }
        ]


        class GatehouseSecurityManager(${manager}):
            def get_oauth_user_info(self, provider, resp):
                if provider != 'gatehouse':
                    return super().get_oauth_user_info(provider, resp)
                person = resp['userinfo']
                return {
                    'username': person.get('preferred_username') or person['email'],
                    'email': person['email'],
                    'first_name': person.get('given_name') or person.get('name', ''),
                    'last_name': person.get('family_name', ''),
                    'role_keys': person.get('roles', []),
                }

`
}
