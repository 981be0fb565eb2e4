package api;

import java.security.Principal;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Profile;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An API on Spring Security's OAuth 2 resource server: the profile says how it checks access tokens. */
@SpringBootApplication
@RestController
public class Api {
  public static void main(String[] args) {
    SpringApplication.run(Api.class, args);
  }

  /** For access tokens of RFC 9068, whose type is `at+jwt`: the usual decoder of Spring Security accepts `JWT` only. */
  @Bean
  @Profile("at-jwt")
  JwtDecoder accessTokenDecoder(
      @Value("${ISSUER}") String issuer,
      @Value("${RESOURCE}") String resource,
      @Value("${CLIENT_OF_TOKENS}") String clientId) {
    var decoder =
        NimbusJwtDecoder.withIssuerLocation(issuer)
            .jwsAlgorithm(SignatureAlgorithm.ES256)
            .validateType(false)
            .build();
    decoder.setJwtValidator(
        JwtValidators.createAtJwtValidator().issuer(issuer).audience(resource).clientId(clientId).build());
    return decoder;
  }

  @GetMapping("/orders")
  Map<String, String> orders(Principal caller) {
    return Map.of("caller", caller.getName());
  }
}
