import { doubleQuoted as quote } from './quote.ts';
import {
  isSecure,
  type SampleInput,
  sendsSecretInBody,
  signInNotes,
  type Stack,
  usesSecret,
} from './sample.ts';

/** A web app in Java. Spring Security sends PKCE and reads UserInfo by itself. */
export const springBoot: Stack = {
  title: 'Java',
  library: 'Spring Boot 4',
  types: ['web'],
  fits: (client) => usesSecret(client) && client.idTokenSignedResponseAlg !== 'EdDSA',
  blocks: (input) => [
    { file: 'pom.xml', code: PROJECT.join('\n') },
    { file: 'src/main/resources/application.yaml', code: settingLines(input).join('\n') },
    { file: 'src/main/java/app/App.java', code: programLines(input).join('\n') },
    { step: 'start', code: 'mvn --quiet package && java -jar target/app.jar' },
  ],
  notes: signInNotes,
};

const PROJECT = [
  `<project xmlns="http://maven.apache.org/POM/4.0.0">`,
  `  <modelVersion>4.0.0</modelVersion>`,
  `  <parent>`,
  `    <groupId>org.springframework.boot</groupId>`,
  `    <artifactId>spring-boot-starter-parent</artifactId>`,
  `    <version>4.1.2</version>`,
  `    <relativePath/>`,
  `  </parent>`,
  `  <groupId>app</groupId>`,
  `  <artifactId>app</artifactId>`,
  `  <version>1</version>`,
  `  <properties>`,
  `    <java.version>17</java.version>`,
  `  </properties>`,
  `  <dependencies>`,
  `    <dependency>`,
  `      <groupId>org.springframework.boot</groupId>`,
  `      <artifactId>spring-boot-starter-security-oauth2-client</artifactId>`,
  `    </dependency>`,
  `    <dependency>`,
  `      <groupId>org.springframework.boot</groupId>`,
  `      <artifactId>spring-boot-starter-webmvc</artifactId>`,
  `    </dependency>`,
  `  </dependencies>`,
  `  <build>`,
  `    <finalName>app</finalName>`,
  `    <plugins>`,
  `      <plugin>`,
  `        <groupId>org.springframework.boot</groupId>`,
  `        <artifactId>spring-boot-maven-plugin</artifactId>`,
  `      </plugin>`,
  `    </plugins>`,
  `  </build>`,
  `</project>`,
];

function settingLines({ client, issuer, redirectUri, port, scope }: SampleInput): string[] {
  const method = sendsSecretInBody(client) ? 'client_secret_post' : 'client_secret_basic';
  return [
    `server:`,
    `  port: ${port}`,
    ...(isSecure(redirectUri) ? [`  forward-headers-strategy: native`] : []),
    `spring:`,
    `  security:`,
    `    oauth2:`,
    `      client:`,
    `        registration:`,
    `          consentry:`,
    `            client-id: ${quote(client.id)}`,
    `            client-secret: \${CLIENT_SECRET}`,
    `            client-authentication-method: ${method}`,
    `            authorization-grant-type: authorization_code`,
    `            redirect-uri: ${quote(redirectUri)}`,
    `            scope: ${quote(scope.replaceAll(' ', ','))}`,
    `        provider:`,
    `          consentry:`,
    `            issuer-uri: ${quote(issuer)}`,
  ];
}

function programLines({ client, redirectUri }: SampleInput): string[] {
  const algorithm = client.idTokenSignedResponseAlg;
  const isDefault = algorithm === 'RS256';
  return [
    `package app;`,
    ``,
    `import java.util.Map;`,
    `import org.springframework.boot.SpringApplication;`,
    `import org.springframework.boot.autoconfigure.SpringBootApplication;`,
    `import org.springframework.context.annotation.Bean;`,
    `import org.springframework.http.MediaType;`,
    `import org.springframework.http.ResponseEntity;`,
    `import org.springframework.security.config.annotation.web.builders.HttpSecurity;`,
    `import org.springframework.security.core.annotation.AuthenticationPrincipal;`,
    ...(isDefault ? [] : DECODER_IMPORTS),
    `import org.springframework.security.oauth2.core.oidc.user.OidcUser;`,
    ...(isDefault ? [] : ALGORITHM_IMPORTS),
    `import org.springframework.security.web.SecurityFilterChain;`,
    `import org.springframework.web.bind.annotation.GetMapping;`,
    `import org.springframework.web.bind.annotation.RestController;`,
    ``,
    `@SpringBootApplication`,
    `@RestController`,
    `public class App {`,
    `  public static void main(String[] args) {`,
    `    SpringApplication.run(App.class, args);`,
    `  }`,
    ``,
    `  @Bean`,
    `  SecurityFilterChain security(HttpSecurity http) throws Exception {`,
    `    return http`,
    `        .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())`,
    `        .oauth2Login(login -> login`,
    `            .redirectionEndpoint(endpoint -> endpoint.baseUri(${quote(pathOf(redirectUri))}))`,
    `            .defaultSuccessUrl("/user"))`,
    `        .build();`,
    `  }`,
    ``,
    ...(isDefault ? [] : decoderLines(algorithm)),
    `  // Every value may be missing: people decide one by one, and can change their mind.`,
    `  @GetMapping("/user")`,
    `  ResponseEntity<Map<String, Object>> user(@AuthenticationPrincipal OidcUser user) {`,
    `    return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(user.getClaims());`,
    `  }`,
    `}`,
  ];
}

const DECODER_IMPORTS = [
  `import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;`,
  `import org.springframework.security.oauth2.client.registration.ClientRegistration;`,
];

const ALGORITHM_IMPORTS = [
  `import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;`,
  `import org.springframework.security.oauth2.jwt.JwtDecoderFactory;`,
];

/** Spring Security accepts RS256 unless this factory allows another signature. */
function decoderLines(algorithm: string): string[] {
  return [
    `  @Bean`,
    `  JwtDecoderFactory<ClientRegistration> idTokenDecoders() {`,
    `    var decoders = new OidcIdTokenDecoderFactory();`,
    `    decoders.setJwsAlgorithmResolver(registration -> SignatureAlgorithm.${algorithm});`,
    `    return decoders;`,
    `  }`,
    ``,
  ];
}

function pathOf(redirectUri: string): string {
  return new URL(redirectUri).pathname;
}
