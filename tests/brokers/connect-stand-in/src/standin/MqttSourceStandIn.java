package standin;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.source.SourceConnector;

/**
 * Stands in for Camel's MQTT 5 source in tests, because that plugin is not served as a package.
 *
 * It knows the settings of deploy/connect-camel-mqtt5-source.properties by the same names and does with them what that
 * plugin was seen to do, and nothing else. It is no connector for production.
 */
public final class MqttSourceStandIn extends SourceConnector {
  static final String BROKER = "camel.kamelet.mqtt5-source.brokerUrl";
  static final String FILTER = "camel.kamelet.mqtt5-source.topic";
  static final String CLIENT_ID = "camel.kamelet.mqtt5-source.clientId";
  static final String USERNAME = "camel.kamelet.mqtt5-source.username";
  static final String PASSWORD = "camel.kamelet.mqtt5-source.password";
  static final String KEY_HEADER = "camel.source.camelMessageHeaderKey";
  static final String TOPIC = "topics";

  private Map<String, String> settings;

  @Override
  public void start(Map<String, String> given) {
    settings = Map.copyOf(given);
  }

  @Override
  public Class<? extends Task> taskClass() {
    return MqttSourceStandInTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(settings);
  }

  @Override
  public void stop() {}

  @Override
  public ConfigDef config() {
    ConfigDef known = new ConfigDef();
    for (String name : List.of(BROKER, FILTER, TOPIC)) {
      known.define(name, ConfigDef.Type.STRING, ConfigDef.Importance.HIGH, name);
    }
    for (String name : List.of(CLIENT_ID, USERNAME, KEY_HEADER)) {
      known.define(name, ConfigDef.Type.STRING, null, ConfigDef.Importance.MEDIUM, name);
    }
    return known.define(PASSWORD, ConfigDef.Type.PASSWORD, null, ConfigDef.Importance.MEDIUM, PASSWORD);
  }

  @Override
  public String version() {
    return "stand-in";
  }
}
