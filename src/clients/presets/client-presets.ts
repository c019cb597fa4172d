import { airflow } from './analysis/airflow.ts'
import { grafana } from './analysis/grafana.ts'
import { jupyterhub } from './analysis/jupyterhub.ts'
import { openWebui } from './analysis/open-webui.ts'
import { superset } from './analysis/superset.ts'
import type { ClientPreset } from './client-preset.ts'
import { discourse } from './communication/discourse.ts'
import { mastodon } from './communication/mastodon.ts'
import { matrixSynapse } from './communication/matrix-synapse.ts'
import { rocketChat } from './communication/rocket-chat.ts'
import { zulip } from './communication/zulip.ts'
import { coder } from './development/coder.ts'
import { forgejo } from './development/forgejo.ts'
import { gitea } from './development/gitea.ts'
import { gitlab } from './development/gitlab.ts'
import { jenkins } from './development/jenkins.ts'
import { bookstack } from './documents/bookstack.ts'
import { hedgedoc } from './documents/hedgedoc.ts'
import { immich } from './documents/immich.ts'
import { mealie } from './documents/mealie.ts'
import { nextcloud } from './documents/nextcloud.ts'
import { outline } from './documents/outline.ts'
import { paperlessNgx } from './documents/paperless-ngx.ts'
import { aspnetCore } from './frameworks/aspnet-core.ts'
import { authlibFlask } from './frameworks/authlib-flask.ts'
import { djangoAllauth } from './frameworks/django-allauth.ts'
import { goOidc } from './frameworks/go-oidc.ts'
import { mozillaDjangoOidc } from './frameworks/mozilla-django-oidc.ts'
import { omniauthOpenidConnect } from './frameworks/omniauth-openid-connect.ts'
import { openidconnectRs } from './frameworks/openidconnect-rs.ts'
import { pythonSocialAuth } from './frameworks/python-social-auth.ts'
import { quarkus } from './frameworks/quarkus.ts'
import { springBoot } from './frameworks/spring-boot.ts'
import { dex } from './identity/dex.ts'
import { keycloak } from './identity/keycloak.ts'
import { oidcAgent } from './identity/oidc-agent.ts'
import { argoCd } from './infrastructure/argo-cd.ts'
import { argoWorkflows } from './infrastructure/argo-workflows.ts'
import { cloudflareAccess } from './infrastructure/cloudflare-access.ts'
import { harbor } from './infrastructure/harbor.ts'
import { headscale } from './infrastructure/headscale.ts'
import { kubernetes } from './infrastructure/kubernetes.ts'
import { openbao } from './infrastructure/openbao.ts'
import { portainer } from './infrastructure/portainer.ts'
import { proxmox } from './infrastructure/proxmox.ts'
import { vault } from './infrastructure/vault.ts'
import { angularAuthOidcClient } from './javascript/angular-auth-oidc-client.ts'
import { authjs } from './javascript/authjs.ts'
import { expressOpenidConnect } from './javascript/express-openid-connect.ts'
import { nextAuth } from './javascript/next-auth.ts'
import { oidcClientTs } from './javascript/oidc-client-ts.ts'
import { openidClient } from './javascript/openid-client.ts'
import { passportOpenidconnect } from './javascript/passport-openidconnect.ts'
import { reactOidcContext } from './javascript/react-oidc-context.ts'
import { modAuthOpenidc } from './proxies/mod-auth-openidc.ts'
import { nginx } from './proxies/nginx.ts'
import { oauth2Proxy } from './proxies/oauth2-proxy.ts'
import { pomerium } from './proxies/pomerium.ts'
import { traefik } from './proxies/traefik.ts'
import { freshrss } from './publishing/freshrss.ts'
import { miniflux } from './publishing/miniflux.ts'
import { wordpress } from './publishing/wordpress.ts'

/** All presets, in the order in which they are listed. */
export const CLIENT_PRESETS: readonly ClientPreset[] = [
  oauth2Proxy,
  modAuthOpenidc,
  nginx,
  traefik,
  pomerium,
  kubernetes,
  argoCd,
  argoWorkflows,
  vault,
  openbao,
  harbor,
  portainer,
  proxmox,
  headscale,
  cloudflareAccess,
  gitea,
  forgejo,
  gitlab,
  jenkins,
  coder,
  grafana,
  airflow,
  superset,
  jupyterhub,
  openWebui,
  nextcloud,
  paperlessNgx,
  immich,
  outline,
  bookstack,
  hedgedoc,
  mealie,
  matrixSynapse,
  mastodon,
  zulip,
  rocketChat,
  discourse,
  wordpress,
  miniflux,
  freshrss,
  springBoot,
  quarkus,
  aspnetCore,
  djangoAllauth,
  mozillaDjangoOidc,
  pythonSocialAuth,
  authlibFlask,
  omniauthOpenidConnect,
  goOidc,
  openidconnectRs,
  authjs,
  nextAuth,
  openidClient,
  expressOpenidConnect,
  passportOpenidconnect,
  oidcClientTs,
  reactOidcContext,
  angularAuthOidcClient,
  keycloak,
  dex,
  oidcAgent,
]
