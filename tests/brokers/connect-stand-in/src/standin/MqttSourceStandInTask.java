package standin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;

/**
 * One subscription in, one record per message out: key is the MQTT topic when asked for, value is the payload untouched.
 *
 * Like the plugin it stands in for, it begins a clean session and acknowledges a message when it has it, before Kafka does:
 * what is published while it is away, or held here when the worker dies, is not carried.
 */
public final class MqttSourceStandInTask extends SourceTask implements MqttCallback {
  private static final String TOPIC_HEADER = "CamelMqttTopic";
  private static final String QOS_HEADER = "CamelMqttQoS";
  private static final int MOST_AT_ONCE = 2000;

  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private MqttClient client;
  private String topic;
  private String filter;
  private boolean keyed;

  private record Received(String topic, MqttMessage message) {}

  @Override
  public void start(Map<String, String> settings) {
    topic = settings.get(MqttSourceStandIn.TOPIC);
    filter = settings.get(MqttSourceStandIn.FILTER);
    keyed = TOPIC_HEADER.equals(settings.get(MqttSourceStandIn.KEY_HEADER));
    String id = settings.getOrDefault(MqttSourceStandIn.CLIENT_ID, "mqtt-source-stand-in");
    try {
      client = new MqttClient(settings.get(MqttSourceStandIn.BROKER), id, new MemoryPersistence());
      client.setCallback(this);
      client.connect(options(settings));
      client.subscribe(filter, 1);
    } catch (MqttException error) {
      throw new ConnectException("no MQTT connection: " + error, error);
    }
  }

  private static MqttConnectionOptions options(Map<String, String> settings) {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setAutomaticReconnect(true);
    options.setAutomaticReconnectDelay(1, 2);
    options.setCleanStart(true);
    if (settings.get(MqttSourceStandIn.USERNAME) != null) {
      options.setUserName(settings.get(MqttSourceStandIn.USERNAME));
      options.setPassword(settings.get(MqttSourceStandIn.PASSWORD).getBytes(StandardCharsets.UTF_8));
    }
    return options;
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    Received first = received.poll(200, TimeUnit.MILLISECONDS);
    if (first == null) {
      return null;
    }
    List<Received> batch = new ArrayList<>(List.of(first));
    received.drainTo(batch, MOST_AT_ONCE - 1);
    List<SourceRecord> records = new ArrayList<>(batch.size());
    for (Received one : batch) {
      records.add(record(one));
    }
    return records;
  }

  private SourceRecord record(Received one) {
    ConnectHeaders headers = new ConnectHeaders();
    headers.addString("CamelHeader." + TOPIC_HEADER, one.topic());
    headers.addInt("CamelHeader." + QOS_HEADER, one.message().getQos());
    return new SourceRecord(Map.of(), Map.of(), topic, null, Schema.STRING_SCHEMA, keyed ? one.topic() : null,
        Schema.BYTES_SCHEMA, one.message().getPayload(), null, headers);
  }

  @Override
  public void stop() {
    try {
      client.disconnectForcibly(500, 500);
      client.close();
    } catch (MqttException error) {
      // nothing left to close
    }
  }

  @Override
  public void connectComplete(boolean reconnect, String broker) {
    if (reconnect) {
      // a clean session has no subscription; not on this thread, which would bring the answer
      new Thread(this::subscribeAgain).start();
    }
  }

  private void subscribeAgain() {
    try {
      client.subscribe(filter, 1);
    } catch (MqttException error) {
      // the next connection subscribes again
    }
  }

  @Override
  public void messageArrived(String from, MqttMessage message) {
    received.add(new Received(from, message));
  }

  @Override
  public void disconnected(MqttDisconnectResponse response) {}

  @Override
  public void mqttErrorOccurred(MqttException error) {}

  @Override
  public void deliveryComplete(IMqttToken token) {}

  @Override
  public void authPacketArrived(int reason, MqttProperties properties) {}

  @Override
  public String version() {
    return "stand-in";
  }
}
