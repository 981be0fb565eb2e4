// A web app on zitadel/oidc, as the client example of the library shows it, without its `prompt`, which is none of OpenID Connect's.
package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

func main() {
	key := []byte("test1234test1234")
	cookies := httphelper.NewCookieHandler(key, key, httphelper.WithUnsecure())
	baseURL := os.Getenv("BASE_URL")
	provider, err := rp.NewRelyingPartyOIDC(
		context.Background(),
		os.Getenv("ISSUER"),
		os.Getenv("CLIENT_ID"),
		os.Getenv("CLIENT_SECRET"),
		baseURL+"/callback",
		strings.Split("openid profile email", " "),
		rp.WithCookieHandler(cookies),
		rp.WithPKCE(cookies),
		rp.WithSigningAlgsFromDiscovery(),
	)
	if err != nil {
		log.Fatal(err)
	}

	show := func(w http.ResponseWriter, r *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], state string, party rp.RelyingParty, info *oidc.UserInfo) {
		http.SetCookie(w, &http.Cookie{Name: "id_token", Value: tokens.IDToken, Path: "/", HttpOnly: true})
		json.NewEncoder(w).Encode(info)
	}
	http.Handle("/login", rp.AuthURLHandler(rand.Text, provider))
	http.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(show), provider))
	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		idToken, err := r.Cookie("id_token")
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		location, err := rp.EndSession(r.Context(), provider, idToken.Value, baseURL+"/", "", "", nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, location.String(), http.StatusFound)
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("signed out")) })
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
