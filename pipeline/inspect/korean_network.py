"""The page's sentences about the network in Korean; the same keys as in `english_network.py`."""

__all__ = ["NETWORK"]

NETWORK = {
    "q13": "층 하나하나는 무엇인가요? 풀링을 세 번 하면 그림이 너무 작아지지 않나요?",
    "a13": (
        "패딩 없는 3×3 합성곱은 그림의 네 변에서 1픽셀씩을 깎고, 풀링은 남은 것을 반으로 줄입니다: {sides}. 그래서 첫 "
        "번째 Dense 층에는 값 {values}개({last}×{last_width}×{filters})가 들어갑니다. 작아 보이지만 일부러 그렇게 한 "
        "것입니다. 값 하나하나가 이미 내 사진의 {reach}×{reach}픽셀 넓이를 본 결과입니다."
    ),
    "a13_another": "여기까지는 노트북의 신경망 이야기이고, 이 설정의 신경망({model})은 다르게 생겼습니다.",
    "a13_too_small": (
        "패딩 없는 3×3 합성곱은 그림의 네 변에서 1픽셀씩을 깎고, 풀링은 남은 것을 반으로 줄입니다. {height}×{width} "
        "그림은 풀링 {poolings}번을 견디지 못하고 사라집니다. 더 큰 그림을 쓰거나 필터 층을 줄이세요."
    ),
    "q14": "합성곱은 무엇을 보나요? 왜 그 뒤에 풀링을 하나요?",
    "a14": (
        "아래 그림 하나하나는 필터 하나가 내 사진을 보고 내놓은 답입니다. 찾던 것(윤곽, 색, 무늬)이 있으면 밝고, "
        "없으면 어둡습니다. 풀링은 2×2 칸에서 가장 강한 답만 남기고 정확한 위치는 버립니다. 그래서 다음 층은 4분의 1의 "
        "계산으로 사진의 더 넓은 부분을 봅니다."
    ),
    "a14_without_model": (
        "신경망을 학습시킨 뒤 이 명령에 --model RUN을 붙여 다시 실행하세요. 내 사진 한 장을 층마다 어떻게 보는지 이 "
        "페이지에 나옵니다."
    ),
    "q16": "ReLU, Flatten, Dense는 무슨 일을 하나요?",
    "a16": (
        "ReLU는 음수를 모두 0으로 바꾸고 나머지는 그대로 둡니다. 필터가 무언가를 얼마나 강하게 찾았는지, 아니면 못 "
        "찾았는지만 남습니다. Flatten은 남은 {last}×{last_width}×{filters}개의 숫자를 한 줄({values}개)로 폅니다. "
        "숫자는 바뀌지 않습니다. Dense는 그 숫자 하나하나를 출력 하나하나와 잇습니다. 출력은 숫자 {values}개에 각각 "
        "다른 가중치를 곱해 모두 더하고 편향을 더한 값입니다. 출력이 {units}개이므로 학습이 찾아야 할 가중치는 "
        "{values} × {units} + {units} = {weights}개입니다."
    ),
    "a16_alone": (
        "ReLU는 음수를 모두 0으로 바꾸고 나머지는 그대로 둡니다. 필터가 무언가를 얼마나 강하게 찾았는지, 아니면 못 "
        "찾았는지만 남습니다. Flatten은 모든 맵의 숫자를 한 줄로 폅니다. 숫자는 바뀌지 않습니다. Dense는 그 숫자 "
        "하나하나를 출력 하나하나와 잇습니다. 출력은 모든 숫자에 각각 다른 가중치를 곱해 더하고 편향을 더한 값입니다."
    ),
    "network_file": "{name}: 층 {layers}개, 파라미터 {parameters}개.",
    "network_apart": "층은 {name}의 것이고, 이 페이지의 나머지는 모두 맨 위에 적힌 설정을 따릅니다.",
    "layer": "층",
    "layer_kind": "종류",
    "output_shape": "출력(높이 × 너비 × 채널)",
    "parameters": "파라미터",
    "receptive_field": "보는 범위(사진의 픽셀)",
    "whole_picture": "사진 전체",
    "unknown": "–",
    "feature_maps": "{layer}: {height}×{width} 특징 맵 {count}개 가운데 {shown}개",
    "maps_title": "내 사진과 층마다 본 모습",
    "maps_scale": (
        "맵마다 눈금이 따로 있습니다. 가장 작은 값이 어둡고 가장 큰 값이 밝으며, 두 값은 맵 아래에 있습니다. 그래서 "
        "두 맵의 밝은 곳이 똑같이 강하다는 뜻은 아닙니다. 숫자를 비교하세요."
    ),
    "input_photo": "신경망이 받는 사진",
    "map_alt": "{layer}, 맵 {number}",
    "filters_title": "첫 번째 층이 찾는 것",
    "filters": (
        "필터의 네모 하나가 가중치 하나입니다. 회색은 0이고, 밝으면 그 자리와 색에서 찾은 것을 더하고, 어두우면 "
        "뺍니다. 필터마다 눈금이 따로 있습니다."
    ),
    "filter_alt": "필터 {number}",
    "worked_title": "맵의 숫자 하나를 직접 계산해 보기",
    "worked": (
        "{layer} 층에서 가장 큰 숫자입니다. 필터 {filter}의 맵, {row}행 {column}열에 있습니다(1부터 셉니다). 이때 "
        "필터는 사진의 {top}행 {left}열부터 {height}×{width}픽셀 위에 놓입니다. 사진의 숫자마다 같은 자리에 있는 "
        "필터의 가중치를 곱하고, 그 결과를 모두 더합니다."
    ),
    "channel_R": "빨강",
    "channel_G": "초록",
    "channel_B": "파랑",
    "channel": "채널 {name}",
    "worked_values": "사진, {channel}",
    "worked_weights": "필터",
    "worked_products": "곱한 값, 합 {total}",
    "worked_sum": "모두 더하면 {sums} + 편향 {bias} = {before}입니다(반올림한 값).",
    "worked_relu": "ReLU는 음수가 아니면 그대로 두므로, 맵의 그 자리에는 {output}이 들어갑니다.",
    "worked_relu_zero": "ReLU는 음수를 0으로 바꾸므로, 맵의 그 자리에는 {output}이 들어갑니다.",
    "worked_linear": "이것이 맵에 들어가는 숫자입니다.",
    "worked_other": "{activation} 함수가 이것을 바꾸어 얻은 값은 {output}이고, 이 값이 맵에 들어갑니다.",
    "no_maps": "이 신경망에는 특징 맵을 내는 층이 없습니다.",
}
