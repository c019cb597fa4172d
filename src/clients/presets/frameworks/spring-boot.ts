import type { ClientPreset } from '../client-preset.ts'

export const springBoot: ClientPreset = {
  name: 'spring-boot',
  title: 'Spring Boot',
  kind: 'frameworks',
  aliases: ['spring', 'spring-security', 'java'],
  documentation: 'https://docs.spring.io/spring-security/reference/servlet/oauth2/login/core.html',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/login/oauth2/code/gatehouse`],
    postLogoutRedirectUris: [url, `${url}/`],
    backchannelLogoutUri: `${url}/logout/connect/back-channel/gatehouse`,
  }),
  configuration: [
    {
      where: 'application.yaml, with spring-boot-starter-oauth2-client',
      language: 'yaml',
      text: value => `
        spring:
          security:
            oauth2:
              client:
                registration:
                  gatehouse:
                    client-id: ${value.clientId}
                    client-secret: ${value.secret}
                    scope: [${value.scopeList}]
                provider:
                  gatehouse:
                    issuer-uri: ${value.issuer}
      `,
    },
    {
      where: 'The security configuration, to sign out of Gatehouse too',
      language: 'java',
      text: () => `
        @Bean
        SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
            var signOut = new OidcClientInitiatedLogoutSuccessHandler(clients);
            signOut.setPostLogoutRedirectUri("{baseUrl}");
            return http
                .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
                .oauth2Login(Customizer.withDefaults())
                .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
                .logout(logout -> logout.logoutSuccessHandler(signOut))
                .build();
        }
      `,
    },
  ],
  roles:
    '`OidcUser.getClaimAsStringList("roles")` reads them. A bean of the type `GrantedAuthoritiesMapper` can turn each into an authority, such as `ROLE_superuser`.',
  signOut:
    'With the handler above, signing out signs out of Gatehouse too, and comes back. Back-channel logout is registered: `oidcLogout` ends sessions when a person signs out elsewhere.',
  pkce: 'nonce',
  troubles: [
    {
      symptom: '“Invalid credentials” after signing in',
      cause: 'Spring shows every error so; the log has the reason, such as a wrong secret',
      remedy: 'Set `logging.level.org.springframework.security=TRACE`.',
    },
    {
      symptom: '“Signed JWT rejected: Another algorithm expected”',
      cause: 'the ID token has another algorithm than RS256',
      remedy: 'Leave RS256 for the client: `gatehouse clients update ID --id-token-alg RS256`.',
    },
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'the application does not know that it is behind a proxy with https',
      remedy: 'Set `server.forward-headers-strategy=native`.',
    },
    {
      symptom: 'the application does not start: “Unable to resolve Configuration with the provided Issuer”',
      cause: 'it can’t reach the issuer, or the issuer is not exactly `PUBLIC_URL`',
      remedy: 'Open the discovery document from the machine of the application.',
    },
  ],
  tested: { version: '3.5.16', how: 'as printed, in every run of the checks' },
}
