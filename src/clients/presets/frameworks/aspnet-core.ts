import type { ClientPreset } from '../client-preset.ts'

export const aspnetCore: ClientPreset = {
  name: 'aspnet-core',
  title: 'ASP.NET Core',
  kind: 'frameworks',
  aliases: ['aspnet', 'dotnet', 'csharp', 'asp.net'],
  documentation: 'https://learn.microsoft.com/aspnet/core/security/authentication/configure-oidc-web-authentication',
  profile: 'web',
  url: { about: 'the address of the application', example: 'https://app.example.com' },
  registration: ({ url }) => ({
    redirectUris: [`${url}/signin-oidc`],
    postLogoutRedirectUris: [`${url}/signout-callback-oidc`],
  }),
  configuration: [
    {
      where: 'Program.cs, with Microsoft.AspNetCore.Authentication.OpenIdConnect',
      language: 'csharp',
      text: value => `
        builder.Services
            .AddAuthentication(options =>
            {
                options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
            })
            .AddCookie()
            .AddOpenIdConnect(options =>
            {
                options.Authority = ${value.issuer};
                options.ClientId = ${value.clientId};
                options.ClientSecret = ${value.secret};
                options.ResponseType = OpenIdConnectResponseType.Code;
                options.ResponseMode = OpenIdConnectResponseMode.Query;
                options.MapInboundClaims = false;
                options.SaveTokens = true;
                options.Scope.Clear();
                foreach (var scope in new[] { ${value.scopeList} }) options.Scope.Add(scope);
                options.TokenValidationParameters.NameClaimType = "name";
                options.TokenValidationParameters.RoleClaimType = "roles";
            });
      `,
    },
  ],
  roles: '`RoleClaimType` makes `User.IsInRole("superuser")` and `[Authorize(Roles = "superuser")]` work.',
  signOut:
    '`SignOut` with both schemes signs out of the application and of Gatehouse, and comes back. It receives no logout tokens by itself.',
  pkce: 'default',
  troubles: [
    {
      symptom: '“Correlation failed.”',
      cause: 'the cookies of the sign-in were lost, as happens with plain http',
      remedy: 'Use https, or keep `ResponseMode` at Query, which works with `SameSite=Lax`.',
    },
    {
      symptom: 'the page about `redirect_uri`, with `http:` in it',
      cause: 'the application does not know that it is behind a proxy with https',
      remedy: 'Call `app.UseForwardedHeaders()` with `ForwardedHeaders.XForwardedProto` before authentication.',
    },
    {
      symptom: 'roles are missing',
      cause: '`MapInboundClaims` renames claims',
      remedy: 'Keep it `false`, with `RoleClaimType` as above.',
    },
  ],
  tested: null,
}
