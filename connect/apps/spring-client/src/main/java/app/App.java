package app;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
@RestController
public class App {
    private final OAuth2AuthorizedClientManager manager;
    private final OAuth2AuthorizedClientRepository authorized;

    App(ClientRegistrationRepository clients, OAuth2AuthorizedClientRepository authorized) {
        this.manager = new DefaultOAuth2AuthorizedClientManager(clients, authorized);
        this.authorized = authorized;
    }

    public static void main(String[] arguments) {
        SpringApplication.run(App.class, arguments);
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
        var signOut = new OidcClientInitiatedLogoutSuccessHandler(clients);
        signOut.setPostLogoutRedirectUri("{baseUrl}/");
        return http
            .authorizeHttpRequests(requests -> requests.requestMatchers("/").permitAll().anyRequest().authenticated())
            .oauth2Login(Customizer.withDefaults())
            .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
            .logout(logout -> logout.logoutSuccessHandler(signOut))
            .build();
    }

    @GetMapping("/")
    Map<String, Object> home(@AuthenticationPrincipal OidcUser user) {
        if (user == null) return Map.of();
        return Map.of("email", user.getEmail(), "roles", user.getClaimAsStringList("roles"));
    }

    /** The manager refreshes a token that expires within the next minute, as those of this application all do. */
    @GetMapping("/refresh")
    Map<String, Object> refresh(
            Authentication person, HttpServletRequest request, HttpServletResponse response) {
        OAuth2AuthorizedClient before = authorized.loadAuthorizedClient("gatehouse", person, request);
        OAuth2AuthorizedClient after = manager.authorize(
            OAuth2AuthorizeRequest.withAuthorizedClient(before)
                .principal(person)
                .attribute(HttpServletRequest.class.getName(), request)
                .attribute(HttpServletResponse.class.getName(), response)
                .build());
        return Map.of("before", before.getAccessToken().getTokenValue(), "after", after.getAccessToken().getTokenValue());
    }
}
