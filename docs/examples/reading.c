/* Send one reading with libmosquitto: cc reading.c -o reading -lmosquitto */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int left = 4; /* messages that the broker has not acknowledged */

static const char *setting(const char *name, const char *otherwise) {
    const char *value = getenv(name);
    return value ? value : otherwise;
}

static void check(int code, const char *what) {
    if (code == MOSQ_ERR_SUCCESS) return;
    fprintf(stderr, "%s: %s\n", what, mosquitto_strerror(code));
    exit(1);
}

static void publish(struct mosquitto *client, const char *kind, const char *payload, bool retain) {
    char topic[256];
    snprintf(topic, sizeof topic, "ioc/v1/%s/%s", setting("BROKER_USER", "me"), kind);
    check(mosquitto_publish(client, NULL, topic, (int)strlen(payload), payload, 1, retain), "publish");
}

static void connected(struct mosquitto *client, void *unused, int code) {
    char reading[96], now[32];
    time_t seconds = time(NULL);
    (void)unused;
    if (code) {
        fprintf(stderr, "connect: %s\n", mosquitto_connack_string(code));
        exit(1);
    }
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    snprintf(reading, sizeof reading, "{\"time\": \"%s\", \"value\": 4.5}", now);
    publish(client, "status", "online", true);
    publish(client, "station/gauge-c",
            "{\"name\": \"My gauge\", \"kind\": \"river_gauge\", \"lon\": 106.0952, \"lat\": 21.2034, "
            "\"properties\": {\"water_level\": {\"unit\": \"m\", \"min\": -2, \"max\": 12}}, \"interval_s\": 60}",
            true);
    publish(client, "obs/gauge-c/water_level", reading, false);
    publish(client, "status", "offline", true);
}

static void acknowledged(struct mosquitto *client, void *unused, int message) {
    (void)unused;
    (void)message;
    if (--left == 0) mosquitto_disconnect(client);
}

int main(void) {
    char status[256];
    struct mosquitto *client;
    mosquitto_lib_init();
    client = mosquitto_new(NULL, true, NULL);
    if (!client) return 1;
    if (getenv("BROKER_PASSWORD")) check(mosquitto_username_pw_set(client, getenv("BROKER_USER"), getenv("BROKER_PASSWORD")), "password");
    if (getenv("BROKER_CA")) check(mosquitto_tls_set(client, getenv("BROKER_CA"), NULL, NULL, NULL, NULL), "certificate");
    /* Told by the broker when the connection is lost without a word. */
    snprintf(status, sizeof status, "ioc/v1/%s/status", setting("BROKER_USER", "me"));
    check(mosquitto_will_set(client, status, 7, "offline", 1, true), "last will");
    mosquitto_connect_callback_set(client, connected);
    mosquitto_publish_callback_set(client, acknowledged);
    check(mosquitto_connect(client, setting("BROKER_HOST", "localhost"), atoi(setting("BROKER_PORT", "1883")), 60), "connect");
    mosquitto_loop_forever(client, -1, 1);
    mosquitto_destroy(client);
    mosquitto_lib_cleanup();
    return left == 0 ? 0 : 1;
}
